#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "flash/image_parser.h"
#include "flash/liblzma.h"
#include "flash/section_types.h"
#include "octets/text.h"

// Sections, in files and in other sections (PI 1.8, volume 3, 2.1.5 and 3.2.5).
namespace nonvol::flash {
namespace {

using octets::Bytes;
using octets::Guid;

constexpr std::uint64_t kAlignment = 4;
constexpr std::uint64_t kHeaderBytes = 4;
constexpr std::uint32_t kSizeFollows = 0xffffff;  // the real size stands behind the header
constexpr std::uint16_t kProcessingRequired = 1;  // EFI_GUIDED_SECTION_PROCESSING_REQUIRED
constexpr std::uint8_t kNotCompressed = 0;        // EFI_NOT_COMPRESSED
constexpr std::uint64_t kGuidedHeaderBytes =
    20;  // behind the section's header: GUID, data offset, attributes

struct SectionHeader {
  std::uint64_t size_bytes = 0;
  std::uint8_t type = 0;
  std::uint64_t header_bytes = kHeaderBytes;
};

SectionHeader read_section_header(Bytes bytes) {
  octets::Reader reader(bytes);
  SectionHeader header;
  const std::uint32_t low = reader.u16("section size");
  const auto size = low | static_cast<std::uint32_t>(reader.u8("section size")) << 16;
  header.type = reader.u8("section type");
  header.size_bytes = size;
  if (size == kSizeFollows) {
    header.size_bytes = reader.u32("extended section size");
    header.header_bytes = kHeaderBytes + 4;
  }
  if (reader.failure()) header.size_bytes = 0;
  return header;
}

// CRC-32 of IEEE 802.3, as edk2's CalculateCrc32 has it.
constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1) != 0 ? 0xedb88320u : 0u);
    table[i] = value;
  }
  return table;
}();

std::uint32_t crc32(Bytes bytes) {
  std::uint32_t crc = ~0u;
  for (const std::uint8_t byte : bytes) crc = crc >> 8 ^ kCrcTable[(crc ^ byte) & 0xff];
  return ~crc;
}

std::string utf16_text(Bytes utf16) {
  std::string text = octets::utf8_from_utf16le(utf16).text;
  return text.substr(0, text.find('\0'));
}

}  // namespace

// Sections stand on multiples of 4 bytes from the first one's beginning. `file` gets the name that a UI
// section says; kNoPart outside of one.
void ImageParser::read_sections(std::uint32_t parent, std::uint32_t file, const Extent& where) {
  if (too_deep(image_.parts[parent].depth + 1, where)) return;
  std::uint64_t at = 0;
  while (where.size_bytes() - at >= kHeaderBytes && !full_) {
    const auto end = read_section_at(parent, file, {where.space, where.begin + at, where.end});
    if (!end) return;
    at = std::min((*end - where.begin + kAlignment - 1) / kAlignment * kAlignment, where.size_bytes());
  }
}

std::optional<std::uint64_t> ImageParser::read_section_at(std::uint32_t parent, std::uint32_t file,
                                                          const Extent& rest) {
  const SectionHeader header = read_section_header(bytes(rest));
  if (header.size_bytes < header.header_bytes || header.size_bytes > rest.size_bytes()) {
    find(Severity::kError, ErrorId::kSectionDamaged, rest,
         fmt::format("size of the section at {:#x} of {}: says {} bytes, {} to {} are possible", rest.begin,
                     name_of(rest.space), header.size_bytes, header.header_bytes, rest.size_bytes()));
    add_unknown(parent, rest);
    return std::nullopt;
  }
  const Extent whole{rest.space, rest.begin, rest.begin + header.size_bytes};
  const std::uint32_t section =
      add({.kind = ImagePart::Kind::kSection, .type = header.type, .header_bytes = header.header_bytes},
          parent, whole);
  if (section == kNoPart) return std::nullopt;
  read_section_content(section, file, whole);
  return whole.end;
}

void ImageParser::read_section_content(std::uint32_t section, std::uint32_t file, const Extent& whole) {
  const ImagePart& part = image_.parts[section];
  const Extent content{whole.space, whole.begin + part.header_bytes, whole.end};
  switch (part.type) {
    case section_type::kCompression:
      return read_compression(section, file, whole);
    case section_type::kGuided:
      return read_guided(section, file, whole);
    case section_type::kDisposable:
      return read_sections(section, file, content);
    case section_type::kVolumeImage:
      return read_volume_image(section, content);
    case section_type::kVersion:
    case section_type::kUserInterface:
      return read_text(section, file, content);
    case section_type::kFreeformGuid: {
      octets::Reader reader(bytes(content));
      image_.parts[section].guid = reader.guid("freeform subtype");
      if (!reader.failure()) image_.parts[section].header_bytes += reader.position_bytes();
      return;
    }
    default:
      return;
  }
}

// EFI_COMPRESSION_SECTION: length of what is packed, kind of packing.
void ImageParser::read_compression(std::uint32_t section, std::uint32_t file, const Extent& whole) {
  ImagePart& part = image_.parts[section];
  octets::Reader reader(bytes(whole).subspan(part.header_bytes));
  const std::uint64_t unpacked_bytes = reader.u32("uncompressed length");
  const std::uint8_t kind = reader.u8("compression type");
  if (reader.failure()) {
    find(Severity::kError, ErrorId::kSectionDamaged, whole,
         fmt::format("compression section at {:#x} of {}: has {} bytes, its header alone needs {}",
                     whole.begin, name_of(whole.space), whole.size_bytes(), part.header_bytes + 5));
    return;
  }
  part.header_bytes += reader.position_bytes();
  if (kind == kNotCompressed) {
    read_sections(section, file, {whole.space, whole.begin + part.header_bytes, whole.end});
    return;
  }
  find(
      Severity::kNote, ErrorId::kSectionNotOpened, whole,
      fmt::format(
          "compression section at {:#x} of {}: is packed in the way {} of UEFI, only 0 (not at all) is read; "
          "its {} unpacked bytes were not looked at",
          whole.begin, name_of(whole.space), kind, unpacked_bytes));
}

// EFI_GUID_DEFINED_SECTION.
void ImageParser::read_guided(std::uint32_t section, std::uint32_t file, const Extent& whole) {
  ImagePart& part = image_.parts[section];
  octets::Reader reader(bytes(whole).subspan(part.header_bytes));
  const Guid guid = reader.guid("section definition");
  const std::uint64_t data_offset = reader.u16("data offset");
  const std::uint16_t attributes = reader.u16("section attributes");
  const std::uint64_t least = part.header_bytes + kGuidedHeaderBytes;
  if (reader.failure() || data_offset < least || data_offset > whole.size_bytes()) {
    find(Severity::kError, ErrorId::kSectionDamaged, whole,
         fmt::format("data offset of the GUIDed section at {:#x} of {}: says {} bytes, {} to {} are possible",
                     whole.begin, name_of(whole.space), data_offset, least, whole.size_bytes()));
    return;
  }
  part.guid = guid;
  part.header_bytes = data_offset;
  const Extent header{whole.space, whole.begin, whole.begin + data_offset};
  const Extent content{whole.space, whole.begin + data_offset, whole.end};
  if (guid == section_type::kLzma) return unpack_lzma(section, file, content, false);
  if (guid == section_type::kLzmaX86) return unpack_lzma(section, file, content, true);
  if (guid == section_type::kCrc32) check_crc(header, content);
  if (guid == section_type::kCrc32 || (attributes & kProcessingRequired) == 0) {
    read_sections(section, file, content);
    return;
  }
  find(Severity::kNote, ErrorId::kSectionNotOpened, whole,
       fmt::format(
           "GUIDed section at {:#x} of {}: is packed as {} ({}), which is not read; its {} bytes were not "
           "looked at",
           whole.begin, name_of(whole.space), guid.text(), type_name(image_.parts[section]),
           content.size_bytes()));
}

// The sum stands at the end of the section's header (edk2's CRC32_SECTION_HEADER).
void ImageParser::check_crc(const Extent& header, const Extent& content) {
  octets::Reader reader(bytes(header).last(4));
  const std::uint32_t says = reader.u32("CRC32");
  const std::uint32_t needed = crc32(bytes(content));
  if (says == needed) return;
  find(Severity::kError, ErrorId::kSectionDamaged, header,
       fmt::format("CRC-32 of the section at {:#x} of {}: says {:#010x}, its content needs {:#010x}",
                   header.begin, name_of(header.space), says, needed));
}

void ImageParser::unpack_lzma(std::uint32_t section, std::uint32_t file, const Extent& packed,
                              bool x86_filter) {
  const auto failed = [&](std::string why) {
    find(Severity::kError, ErrorId::kUnpackFailed, packed,
         fmt::format("LZMA data at {:#x} of {}: {}", packed.begin, name_of(packed.space), why));
  };
  const std::optional<std::uint64_t> size_bytes = lzma_unpacked_bytes(bytes(packed));
  if (!size_bytes) {
    return failed(fmt::format("its {} bytes do not begin with a header that says how much they unpack to",
                              packed.size_bytes()));
  }
  const std::uint64_t left_bytes = limits_.unpacked_bytes - unpacked_bytes_;
  if (*size_bytes > left_bytes) {
    find(Severity::kError, ErrorId::kUnpackLimit, packed,
         fmt::format(
             "LZMA data at {:#x} of {}: its {} bytes say that they unpack to {}, {} are left of the limit of "
             "{}; they were not unpacked",
             packed.begin, name_of(packed.space), packed.size_bytes(), *size_bytes, left_bytes,
             limits_.unpacked_bytes));
    return;
  }
  if (too_deep(image_.parts[section].depth + 1, packed)) return;
  // Counted even if it fails, so that time is bounded too.
  unpacked_bytes_ += *size_bytes;
  UnpackedSpace space{section, std::make_unique_for_overwrite<std::uint8_t[]>(*size_bytes), *size_bytes};
  const std::optional<std::string> trouble =
      lzma_unpack(bytes(packed), {space.memory.get(), *size_bytes}, x86_filter);
  if (trouble) return failed(*trouble);
  image_.unpacked.push_back(std::move(space));
  const auto number = static_cast<std::uint32_t>(image_.unpacked.size());
  read_sections(section, file, {number, 0, *size_bytes});
}

void ImageParser::read_volume_image(std::uint32_t section, const Extent& content) {
  VolumeHeader header;
  if (read_volume_header(content, header) == Candidate::kNone) {
    find(Severity::kError, ErrorId::kSectionDamaged, content,
         fmt::format("volume image section at {:#x} of {}: no volume header begins its {} bytes",
                     content.begin, name_of(content.space), content.size_bytes()));
    add_unknown(section, content);
    return;
  }
  if (too_deep(image_.parts[section].depth + 1, content)) return;
  const std::uint64_t end = content.begin + header.length_bytes;
  read_volume(section, {content.space, content.begin, end}, header);
  add_unknown(section, {content.space, end, content.end});
}

// UTF-16 with a final NUL; a version has a build number in front.
void ImageParser::read_text(std::uint32_t section, std::uint32_t file, const Extent& content) {
  constexpr std::uint64_t kBuildNumberBytes = 2;
  ImagePart& part = image_.parts[section];
  const Bytes all = bytes(content);
  if (part.type == section_type::kUserInterface) {
    part.name = utf16_text(all);
    if (file != kNoPart) image_.parts[file].name = part.name;
  } else if (all.size() > kBuildNumberBytes) {
    part.name = utf16_text(all.subspan(kBuildNumberBytes));
  }
}

}  // namespace nonvol::flash
