#include "flash/code_facts_bytes.h"

#include <algorithm>

#include "flash/section_types.h"
#include "flash/signatures.h"
#include "octets/text.h"

namespace nonvol::flash {
namespace {

using octets::Bytes;
using octets::Guid;

constexpr std::uint16_t kStoreVolumeHeaderBytes = 0x48;

// IMAGE_FILE_MACHINE_* of PE32 and TE images.
std::string_view architecture_of(std::uint16_t machine) {
  switch (machine) {
    case 0x014c:
      return "i386";
    case 0x8664:
      return "x86_64";
    case 0x01c0:
    case 0x01c2:
      return "arm";
    case 0xaa64:
      return "aarch64";
    case 0x5064:
      return "riscv64";
    case 0x6264:
      return "loongarch64";
    default:
      return "";
  }
}

// A header of an empty store as the drivers that write one carry it, with or without the checksum, which they
// fill in then.
std::optional<std::uint64_t> store_header_length(Bytes header) {
  octets::Reader reader(header);
  const Bytes zero_vector = reader.bytes("zero vector", 16);
  const Guid file_system = reader.guid("file system");
  const std::uint64_t length_bytes = reader.u64("FvLength");
  const std::uint32_t signature = reader.u32("signature");
  reader.u32("attributes");
  const std::uint16_t header_bytes = reader.u16("header length");
  reader.bytes("checksum, extended-header offset, reserved", 5);
  const std::uint8_t revision = reader.u8("revision");
  const std::uint64_t blocks = reader.u32("number of blocks");
  const std::uint64_t block_bytes = reader.u32("block length");
  if (reader.failure() || !octets::all_equal(zero_vector, 0) || file_system != kNvData) return std::nullopt;
  if (signature != kVolumeSignature || header_bytes != kStoreVolumeHeaderBytes ||
      revision != kVolumeRevision) {
    return std::nullopt;
  }
  if (length_bytes == 0 || blocks * block_bytes != length_bytes) return std::nullopt;
  return length_bytes;
}

}  // namespace

std::string_view architecture_of_section(Bytes bytes, std::uint8_t type) {
  octets::Reader reader(bytes);
  if (type == section_type::kTerse) {
    reader.u16("TE signature");
    return architecture_of(reader.u16("TE machine"));
  }
  constexpr std::uint64_t kNewHeaderAt = 0x3c;
  reader.bytes("DOS header", kNewHeaderAt);
  const std::uint32_t header_at = reader.u32("offset of the PE header");
  if (reader.failure() || header_at > bytes.size()) return "";
  octets::Reader header(bytes.subspan(header_at));
  header.u32("PE signature");
  return architecture_of(header.u16("PE machine"));
}

std::optional<std::uint64_t> store_template_bytes(Bytes bytes) {
  constexpr std::uint64_t kGuidAt = 16;
  for (std::uint64_t from = kGuidAt; from < bytes.size();) {
    const Bytes rest = bytes.subspan(from);
    const auto found = std::ranges::search(rest, kNvData.bytes);
    if (found.empty()) return std::nullopt;
    const std::uint64_t at = from + static_cast<std::uint64_t>(found.begin() - rest.begin());
    const Bytes header = bytes.subspan(at - kGuidAt);
    if (const auto length = store_header_length(header)) return length;
    from = at + 1;
  }
  return std::nullopt;
}

// UTF-16 that begins with a year, or with edk2's own name.
std::string version_in(Bytes bytes) {
  constexpr std::size_t kLeast = 7;
  constexpr std::size_t kMost = 64;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string text;
  for (std::size_t at = 0; at + 2 <= bytes.size(); at += 2) {
    const auto c = static_cast<char>(bytes[at]);
    if (bytes[at + 1] == 0 && c > ' ' && c < 0x7f && text.size() < kMost) {
      text += c;
      continue;
    }
    const bool ended = bytes[at] == 0 && bytes[at + 1] == 0;
    const bool dated = text.starts_with("20") && text.size() >= kLeast && is_digit(text[2]) &&
                       is_digit(text[3]) &&
                       ((text[4] == '.' && is_digit(text[5])) || (is_digit(text[4]) && is_digit(text[5])));
    const bool named = text.starts_with("edk2-") && text.size() >= kLeast;
    if (ended && (dated || named)) return text;
    text.clear();
  }
  return {};
}

}  // namespace nonvol::flash
