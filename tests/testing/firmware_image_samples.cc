#include "testing/firmware_image_builder.h"

// A whole image in small: what is in it is what src/flash/code_facts.cc looks for, under the names that edk2
// has.
namespace nonvol::test_images {
namespace {

using octets::guid_literal;

constexpr octets::Guid kSevEsReset = guid_literal("00f771de-1a7e-4fcb-890e-68c77e2fb44e");
constexpr octets::Guid kSevSecret = guid_literal("4c2eb361-7d9b-4cc3-8081-127c90d3d294");
constexpr octets::Guid kSevMetadata = guid_literal("dc886566-984a-4798-a75e-5585a7bf67cc");
constexpr octets::Guid kTdxMetadata = guid_literal("e47a6535-984a-4798-865e-4685a7bf8ec2");
constexpr octets::Guid kNvData = guid_literal("fff12b8d-7696-4c8b-a985-2747075b4f50");

ByteVector text(std::string_view words) {
  return {words.begin(), words.end()};
}

// As edk2's drivers carry it: the checksum is filled in when it is written.
ByteVector store_template() {
  ByteVector header = volume({.size_bytes = 0x48, .file_system = kNvData}, {});
  header[0x32] = header[0x33] = 0;
  const ByteVector length = u64(0x84000);
  const ByteVector blocks = joined({u32(0x84), u32(0x1000)});
  std::copy(length.begin(), length.end(), header.begin() + 0x20);
  std::copy(blocks.begin(), blocks.end(), header.begin() + 0x38);
  return header;
}

ByteVector pei_volume(const SmallImage& shape) {
  const ByteVector platform = module("PlatformPei", 0x06, shape.early_machine);
  const ByteVector resume = module("S3Resume2Pei", 0x06, shape.early_machine);
  const VolumeShape named{.name = guid_literal("6938079b-b503-4e3d-9d24-b28337a25806")};
  if (!shape.pei) return volume(named, {platform});
  return volume(named, {module("PeiCore", 0x04, shape.early_machine), platform, resume});
}

ByteVector variable_modules(const SmallImage& shape) {
  const ByteVector store = shape.store_template ? store_template() : ByteVector{};
  const auto align = [](ByteVector bytes) {
    bytes.resize((bytes.size() + 7) / 8 * 8, 0xff);
    return bytes;
  };
  if (shape.uefi_vars) return module("VirtMmCommunication", 0x07, shape.machine);
  if (shape.smm) {
    return joined({align(module("FvbServicesSmm", 0x0a, shape.machine, store)),
                   module("VariableSmm", 0x0a, shape.machine)});
  }
  return joined({align(module("FvbServicesRuntimeDxe", 0x07, shape.machine, store)),
                 module("VariableRuntimeDxe", 0x07, shape.machine)});
}

ByteVector dxe_volume(const SmallImage& shape) {
  const ByteVector checks = shape.secure_boot ? utf16("dbx") : utf16("none");
  const ByteVector core = text(shape.debug ? "InstallProtocolInterface: %g %p\n" : "quiet");
  return volume(
      {.name = guid_literal("7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1"), .size_bytes = 0x3000},
      {module("DxeCore", 0x05, shape.machine, core), module("SecurityStubDxe", 0x07, shape.machine, checks),
       module(shape.secure_boot ? "SecureBootConfigDxe" : "BdsDxe", 0x07, shape.machine),
       module("S3SaveStateDxe", 0x07, shape.machine), module("AmdSevDxe", 0x07, shape.machine),
       module("SmbiosPlatformDxe", 0x07, shape.machine, utf16(shape.version)), variable_modules(shape)});
}

constexpr std::uint32_t kBehindTable = 18 + 32;  // footer, and what is behind it
constexpr std::uint32_t kPointerEntry = 4 + 18;
constexpr std::uint32_t kSecretEntry = 8 + 18;

// Metadata lies before the table, so that its distance from the end is known when the table is made.
ByteVector reset_code(const SmallImage& shape) {
  const std::uint32_t table = kBehindTable + 2 * kPointerEntry + kSecretEntry + kPointerEntry;
  const ByteVector sev = joined({text("ASEV"), u32(28), u32(1), u32(1), u32(0x800000), u32(0x9000), u32(1)});
  const ByteVector tdx = joined({text("TDVF"), u32(48), u32(1), u32(1), u32(0), u32(shape.tdx_store_bytes),
                                 u64(0xffc00000), u64(shape.tdx_store_bytes), u32(1), u32(0)});
  const auto sev_at = static_cast<std::uint32_t>(sev.size()) + table;
  const std::uint32_t tdx_at = static_cast<std::uint32_t>(tdx.size()) + sev_at;
  const TableEntry es{kSevEsReset, u32(0x80b004)};
  const TableEntry secret{kSevSecret, joined({u32(shape.secret_base), u32(0x1000)})};
  // Entries that are not wanted get a GUID that nobody knows, so that distances stay.
  const octets::Guid unknown = guid_literal("11111111-2222-3333-4444-555555555555");
  return reset_vector(joined({tdx, sev}), {{shape.tdx_store_bytes != 0 ? kTdxMetadata : unknown, u32(tdx_at)},
                                           {shape.sev_snp ? kSevMetadata : unknown, u32(sev_at)},
                                           secret,
                                           es});
}

}  // namespace

ByteVector small_image(const SmallImage& shape) {
  const ByteVector main_file = file(
      {.name = guid_literal("9e21fd93-9c72-4c15-8c4b-e77f1db2d792"), .type = 0x0b},
      lzma_section(joined_sections({section(0x17, pei_volume(shape)), section(0x17, dxe_volume(shape))})));
  const ByteVector main_volume = volume(
      {.name = guid_literal("48db5e17-707c-472d-91cd-1613e7ef51b0"), .size_bytes = 0x2000}, {main_file});
  ByteVector reset = shape.table ? reset_code(shape) : ByteVector(64, 0x90);
  reset.insert(reset.begin(), (8 - reset.size() % 8) % 8,
               0x90);  // so that the file begins on a multiple of 8
  const ByteVector top =
      file({.name = guid_literal("1ba0062e-c779-4582-8566-336ae8f78f09"), .type = 0x01}, reset);
  return joined({main_volume, volume({.name = guid_literal("763bed0d-de9f-48f5-81f1-3e90e1b1a015"),
                                      .size_bytes = 0x2000,
                                      .at_the_end = true},
                                     {module("SecMain", 0x03, shape.early_machine), top})});
}

}  // namespace nonvol::test_images
