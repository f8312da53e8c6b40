#include "efi/describe.h"

#include <gmock/gmock.h>

#include "testing/boot_samples.h"
#include "testing/expect.h"
#include "testing/key_samples.h"

namespace nonvol::efi {
namespace {

using boot_samples::bytes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using variable::Variable;

Description described(std::string_view name, std::string_view hex,
                      const octets::Guid& vendor = variable::vendor::kGlobal) {
  return describe(boot_samples::variable(name, bytes(hex), vendor));
}

template <class T>
T field(const Description& description, std::string_view name) {
  for (const auto& [key, value] : description.fields) {
    if (key == name && std::holds_alternative<T>(value)) return std::get<T>(value);
  }
  ADD_FAILURE() << "no field " << name << " of that type";
  return T{};
}

TEST(Describe, KnowsWhatFirmwareKeeps) {
  constexpr octets::Guid kCounter = octets::guid_literal("eb704011-1402-11d3-8e77-00a0c969723b");
  constexpr octets::Guid kErrors = octets::guid_literal("04b37fe8-f6ae-480b-bdd5-37d98c5e89aa");
  struct Row {
    std::string_view name;
    std::string_view hex;
    octets::Guid vendor;
    std::string_view kind;
    std::string_view summary;
  };
  const octets::Guid global = variable::vendor::kGlobal;
  const Row rows[] = {
      {"Boot0000", boot_samples::kUiApp, global, "load option",
       "UiApp: Fv(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)/FvFile(462caa21-7614-4503-836e-8ab6f4662331)"},
      {"Boot1000", boot_samples::kDebian, global, "load option",
       "debian: HD(1,GPT,8b6b4567-327b-23c6-643c-986966334873,0x800,0x100000)/\\EFI\\debian\\shimx64.efi"},
      {"Driver0001",
       "00000000040041000000"
       "7fff0400",
       global, "load option", "A: an empty device path (not active)"},
      {"BootOrder", "020000000010", global, "load option numbers", "Boot0002, Boot0000, Boot1000"},
      {"DriverOrder", "0200", global, "load option numbers", "Driver0002"},
      {"BootNext", "0010", global, "load option numbers", "Boot1000"},
      {"BootNext", "001000", global, "bytes", "001000"},
      {"Timeout", "0300", global, "number", "3 seconds"},
      {"Timeout", "ffff", global, "number", "waits for the user"},
      {"Lang", "656e6700", global, "text", "eng"},
      {"PlatformLang", "656e00", global, "text", "en"},
      {"mine", "656e00", variable::vendor::kShim, "bytes", "656e00"},
      {"ConIn",
       "02010c00d041030a00000000"
       "7fff0400",
       global, "device paths", "PciRoot(0x0)"},
      {"OsIndications", "0100000000000000", global, "flags", "BOOT_TO_FW_UI"},
      {"OsIndications", "0000000000000000", global, "flags", "nothing is asked of the firmware"},
      {"OsIndications", "4101000000000080", global, "flags",
       "BOOT_TO_FW_UI, START_PLATFORM_RECOVERY, 0x8000000000000100"},
      {"SecureBootEnable", "01", variable::vendor::kSecureBootEnable, "switch",
       "Secure Boot is on if there is a platform key"},
      {"SecureBootEnable", "00", variable::vendor::kSecureBootEnable, "switch",
       "Secure Boot is off, even with a platform key"},
      {"SecureBootEnable", "02", variable::vendor::kSecureBootEnable, "bytes", "02"},
      {"SecureBootEnable", "01", global, "bytes", "01"},
      {"CustomMode", "00", variable::vendor::kCustomMode, "switch",
       "standard mode: changes of the keys must be signed"},
      {"VendorKeysNv", "01", variable::vendor::kVendorKeys, "switch",
       "the keys are those that the vendor set"},
      {"MTC", "0a000000", kCounter, "number",
       "10, the upper half of the monotonic counter: it grows with each start"},
      {"VarErrorFlag", "ef", kErrors, "flags", "the store was full: a variable of the system was not saved"},
      {"VarErrorFlag", "fe", kErrors, "flags",
       "the users' share of the store was full: a variable was not saved"},
      {"VarErrorFlag", "ff", kErrors, "flags", "the store had room for everything"},
      {"MokSBState", "01", variable::vendor::kShim, "switch", "shim does not check signatures"},
      {"Key0001",
       "00010040"
       "78563412"
       "0300"
       "16000000",
       global, "hot key", "Shift+F12 starts Boot0003"},
      {"Key0002",
       "00020080"
       "78563412"
       "0010"
       "00006200"
       "00000d00",
       global, "hot key", "Control+b+Enter starts Boot1000"},
      {"Key0003",
       "00000080"
       "78563412"
       "0010"
       "00006200",
       global, "bytes",
       "000000807856341200100000"
       "6200"},
      {"mine",
       "610062006300"
       "0000",
       variable::vendor::kShim, "text", "abc"},
      {"mine", "616263", variable::vendor::kShim, "text", "abc"},
      {"mine", "610062006300", variable::vendor::kShim, "bytes", "610062006300"},
      {"mine", "1b5b6d", variable::vendor::kShim, "bytes", "1b5b6d"},
      {"mine", "", variable::vendor::kShim, "empty", "no data"},
  };
  for (const Row& row : rows) {
    const Description description = described(row.name, row.hex, row.vendor);
    EXPECT_EQ(description.kind, row.kind) << row.name << ' ' << row.hex;
    EXPECT_EQ(description.summary, row.summary) << row.name << ' ' << row.hex;
    EXPECT_THAT(description.findings, IsEmpty()) << row.name << ' ' << row.hex;
  }
}

TEST(Describe, HasFieldsForPrograms) {
  const Description entry = described("Boot0002", boot_samples::kDvd);
  EXPECT_EQ(field<std::string>(entry, "description"), "UEFI QEMU DVD-ROM QM00005 ");
  EXPECT_TRUE(field<bool>(entry, "active"));
  EXPECT_TRUE(field<bool>(entry, "made_by_firmware"));
  EXPECT_THAT(field<std::vector<std::string>>(entry, "attributes"), ElementsAre("ACTIVE"));
  EXPECT_THAT(field<std::vector<std::string>>(entry, "device_paths"),
              ElementsAre("PciRoot(0x0)/Pci(0x1f,0x2)/Sata(0x2,0xffff,0x0)"));
  EXPECT_EQ(field<std::string>(entry, "optional_data_hex"), "4eac0881119f594d850ee21a522c59b2");
  EXPECT_THAT(entry.lines, ElementsAre("made by the boot manager, which removes it when the device is gone"));

  EXPECT_EQ(field<std::uint64_t>(described("Timeout", "0300"), "seconds"), 3u);
  EXPECT_THAT(field<std::vector<std::string>>(described("BootOrder", "02000010"), "order"),
              ElementsAre("Boot0002", "Boot1000"));
}

TEST(Describe, LoadOptionsMayHaveMorePathsAndData) {
  const Description entry = described("Boot0000",
                                      "010000001200"
                                      "41000000"
                                      "0311050003"
                                      "7fff0400"
                                      "0311050004"
                                      "7fff0400"
                                      "0102");
  EXPECT_EQ(entry.summary, "A: Unit(0x3)");
  EXPECT_THAT(entry.lines, ElementsAre("also Unit(0x4)", "optional data: 0102"));
}

TEST(Describe, SeveralConsolesAreLines) {
  const Description consoles = described("ConOut",
                                         "0311050003"
                                         "7f010400"
                                         "0311050004"
                                         "7fff0400");
  EXPECT_EQ(consoles.summary, "2 devices");
  EXPECT_THAT(consoles.lines, ElementsAre("Unit(0x3)", "Unit(0x4)"));
}

TEST(Describe, MemoryTypesAreLines) {
  const Description types = described("MemoryTypeInformation",
                                      "0a00000004000000"
                                      "0900000008000000"
                                      "0600000000010000"
                                      "1000000000000000",
                                      octets::guid_literal("4c19049f-4137-4dd3-9c10-8b97a83ffdfa"));
  EXPECT_EQ(types.kind, "memory types");
  EXPECT_EQ(types.summary, "268 pages in 3 kinds of memory");
  EXPECT_THAT(types.lines,
              ElementsAre("ACPI NVS: 4 pages", "ACPI reclaim: 8 pages", "runtime data: 256 pages"));
}

TEST(Describe, TextOfSeveralLines) {
  // "sbat,1,2021030218\nshim,2\n"
  const Description level =
      described("SbatLevel", "736261742c312c323032313033303231380a7368696d2c320a", variable::vendor::kShim);
  EXPECT_EQ(level.kind, "text");
  EXPECT_EQ(level.summary, "sbat,1,2021030218 (2 lines)");
  EXPECT_THAT(level.lines, ElementsAre("sbat,1,2021030218", "shim,2"));
  EXPECT_EQ(field<std::string>(level, "text"), "sbat,1,2021030218\nshim,2\n");
}

TEST(Describe, DamageIsSaid) {
  const Description option = described("Boot0000", "0100");
  EXPECT_EQ(option.kind, "bytes");
  EXPECT_FINDING(option.findings, kLoadOption);
  EXPECT_FINDING(described("BootOrder", "010000").findings, kBootOrderLength);
  const Description console = described("ConIn",
                                        "0311050003"
                                        "01010000");
  EXPECT_EQ(console.summary, "Unit(0x3)");
  EXPECT_FINDING(console.findings, kDevicePathNode);
  const Description noise = described("ConIn", "0000");
  EXPECT_EQ(noise.kind, "bytes");
  EXPECT_FINDING(noise.findings, kDevicePathNode);
}

TEST(Describe, SignaturesAreCounted) {
  using namespace test_keys;
  const auto db = [](std::vector<std::uint8_t> data) {
    return describe(boot_samples::variable("db", std::move(data), variable::vendor::kImageSecurityDatabase));
  };
  const ByteVector certificate = list_of(kX509, {ByteVector(700, 3)});
  const ByteVector digests = list_of(kSha256, {ByteVector(32, 1), ByteVector(32, 2)});
  const Description both = db(joined({certificate, certificate, digests}));
  EXPECT_EQ(both.kind, "signature lists");
  EXPECT_EQ(both.summary, "3 lists, 2 certificates, 2 digests");
  EXPECT_EQ(field<std::uint64_t>(both, "certificates"), 2u);
  EXPECT_EQ(field<std::uint64_t>(both, "digests"), 2u);
  EXPECT_THAT(both.findings, IsEmpty());
  EXPECT_EQ(db(certificate).summary, "1 list, 1 certificate, 0 digests");

  const Description damaged = db(joined({digests, bytes("00112233")}));
  EXPECT_EQ(damaged.summary, "1 list, 0 certificates, 2 digests, 4 bytes that are no list");
  EXPECT_EQ(field<std::uint64_t>(damaged, "rest_bytes"), 4u);
  EXPECT_FINDING(damaged.findings, kSignatureListSize);
}

TEST(Describe, NothingSpeaksToTheTerminal) {
  const Description option = described("Boot0000",
                                       "01000000"
                                       "0400"
                                       "1b004100"
                                       "9b004200"
                                       "00d8"
                                       "0000"
                                       "7fff0400");
  EXPECT_EQ(option.summary, "\ufffdA\ufffdB\ufffd: an empty device path");
}

TEST(Describe, LongBytesAreCut) {
  EXPECT_EQ(described("x", std::string(66, '0')).summary, std::string(64, '0') + "... (33 bytes)");
}

}  // namespace
}  // namespace nonvol::efi
