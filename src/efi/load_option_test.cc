#include "efi/load_option.h"

#include <gmock/gmock.h>

#include "testing/boot_samples.h"
#include "testing/expect.h"

namespace nonvol::efi {
namespace {

using boot_samples::bytes;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(LoadOption, IsReadAndWrittenByteForByte) {
  struct Row {
    std::string_view hex;
    std::string_view description;
    std::string_view path;
    bool made_by_firmware;
  };
  const Row rows[] = {
      {boot_samples::kUiApp, "UiApp",
       "Fv(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)/FvFile(462caa21-7614-4503-836e-8ab6f4662331)", false},
      {boot_samples::kDvd, "UEFI QEMU DVD-ROM QM00005 ", "PciRoot(0x0)/Pci(0x1f,0x2)/Sata(0x2,0xffff,0x0)",
       true},
      {boot_samples::kHttp, "UEFI HTTPv4 (MAC:525400123456)",
       "PciRoot(0x0)/Pci(0x1,0x0)/MAC(525400123456,0x1)/IPv4(0.0.0.0,0x0,DHCP,0.0.0.0,0.0.0.0,0.0.0.0)/Uri()",
       true},
      {boot_samples::kDebian, "debian",
       "HD(1,GPT,8b6b4567-327b-23c6-643c-986966334873,0x800,0x100000)/\\EFI\\debian\\shimx64.efi", false},
  };
  for (const Row& row : rows) {
    const auto value = bytes(row.hex);
    const auto option = parse_load_option(value, "Boot0000");
    ASSERT_OK(option);
    EXPECT_EQ(option->description().text, row.description);
    EXPECT_EQ(option->made_by_firmware(), row.made_by_firmware);
    EXPECT_TRUE(option->active());
    const DevicePaths paths = device_paths(*option, "Boot0000");
    EXPECT_THAT(paths.findings, IsEmpty());
    ASSERT_EQ(paths.paths.size(), 1u);
    EXPECT_EQ(paths.paths[0].text(), row.path);
    EXPECT_EQ(load_option_bytes(*option), value);
  }
}

TEST(LoadOption, HasAttributesWithNames) {
  EXPECT_THAT(load_option_attribute_names(1), ElementsAre("ACTIVE"));
  EXPECT_THAT(load_option_attribute_names(0x109), ElementsAre("ACTIVE", "HIDDEN", "CATEGORY_APP"));
  EXPECT_THAT(load_option_attribute_names(0x8000020b),
              ElementsAre("ACTIVE", "FORCE_RECONNECT", "HIDDEN", "0x80000200"));
  EXPECT_THAT(load_option_attribute_names(0), IsEmpty());
  EXPECT_TRUE(parse_load_option(bytes(boot_samples::kUiApp), "x")->hidden());
  EXPECT_FALSE(parse_load_option(bytes(boot_samples::kDvd), "x")->hidden());
}

TEST(LoadOption, DamagedOnesAreErrors) {
  struct Row {
    std::string_view hex;
    std::string_view message;
  };
  const Row rows[] = {
      {"", "load option Boot0001: 'attributes' at offset 0x0 needs 4 bytes, 0 are left"},
      {"0100000004",
       "load option Boot0001: 'length of the device paths' at offset 0x4 needs 2 bytes, 1 are left"},
      {"010000000000",
       "load option Boot0001: description at offset 0x6 does not end with a NUL within 0 bytes"},
      {"01000000000041004200",
       "load option Boot0001: description at offset 0x6 does not end with a NUL within 4 bytes"},
      {"0100000005004100"
       "0000"
       "7fff0400",
       "load option Boot0001: length of the device paths at offset 0x4 says 5 bytes, 4 are left"},
  };
  for (const Row& row : rows) {
    const auto option = parse_load_option(bytes(row.hex), "Boot0001");
    EXPECT_ERROR(option, kLoadOption);
    EXPECT_EQ(option.error().message, row.message);
  }
}

TEST(LoadOption, FaultsOfItsPathsHaveOffsetsInTheValue) {
  const auto option = parse_load_option(bytes("010000000600"
                                              "41000000"
                                              "010106000001"),
                                        "Boot0001");
  ASSERT_OK(option);
  const DevicePaths paths = device_paths(*option, "Boot0001");
  EXPECT_FINDING(paths.findings, kDevicePathEnd);
  EXPECT_EQ(paths.findings[0].message,
            "device path at offset 0xa of Boot0001: ends after 6 bytes without an end node");
}

TEST(LoadOption, IsMade) {
  const auto path = device_path_from_text(
      "HD(1,GPT,8b6b4567-327b-23c6-643c-986966334873,0x800,0x100000)/\\EFI\\debian\\shimx64.efi");
  ASSERT_OK(path);
  const auto option = make_load_option("debian", *path);
  ASSERT_OK(option);
  EXPECT_EQ(octets::to_hex(load_option_bytes(*option)), boot_samples::kDebian);
  EXPECT_EQ(option->path_list_offset_bytes,
            parse_load_option(bytes(boot_samples::kDebian), "x")->path_list_offset_bytes);
  EXPECT_OK(make_load_option("", *path, {1, 2, 3}));

  EXPECT_ERROR(make_load_option("a\xff", *path), kBootRequest);
  EXPECT_ERROR(make_load_option("a", {}), kBootRequest);
  EXPECT_ERROR(make_load_option("a", std::vector<std::uint8_t>(65536)), kBootRequest);
}

}  // namespace
}  // namespace nonvol::efi
