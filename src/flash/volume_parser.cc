#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "flash/image_parser.h"
#include "flash/signatures.h"
#include "octets/text.h"

// Volumes and the files in them. The checks are those of edk2's readers: the PEI core's (FindFileEx) and the
// DXE core's (FvCheck), which are the ones that a guest meets.
namespace nonvol::flash {
namespace {

using octets::Bytes;
using octets::Guid;
using octets::guid_literal;

constexpr Guid kFfs2 = guid_literal("8c8ce578-8a3d-4f1c-9935-896185c32dd3");
constexpr Guid kFfs3 = guid_literal("5473c07a-3dcb-4dca-bd6f-1e9689e7349a");

constexpr std::uint64_t kFixedHeaderBytes = 0x38;
constexpr std::uint64_t kSmallestHeaderBytes = 0x48;
constexpr std::uint64_t kLargestHeaderBytes = 0x200;  // a block map of 57 runs
constexpr std::uint32_t kErasedToOnes = 0x800;        // EFI_FVB2_ERASE_POLARITY
constexpr std::uint64_t kFileAlignment = 8;
constexpr std::uint64_t kFileHeaderBytes = 24;
constexpr std::uint64_t kLargeFileHeaderBytes = 32;

constexpr std::uint8_t kPadType = 0xf0;      // EFI_FV_FILETYPE_FFS_PAD
constexpr std::uint8_t kRawType = 0x01;      // EFI_FV_FILETYPE_RAW: no sections
constexpr std::uint8_t kLargeFile = 0x01;    // FFS_ATTRIB_LARGE_FILE
constexpr std::uint8_t kHasChecksum = 0x40;  // FFS_ATTRIB_CHECKSUM

std::uint64_t aligned(std::uint64_t value, std::uint64_t to) {
  return (value + to - 1) / to * to;
}

std::uint8_t sum8(Bytes bytes) {
  return std::accumulate(
      bytes.begin(), bytes.end(), std::uint8_t{0},
      [](std::uint8_t sum, std::uint8_t byte) { return static_cast<std::uint8_t>(sum + byte); });
}

bool is_file_system(const Guid& guid) {
  return guid == kFfs2 || guid == kFfs3;
}

// What the highest state bit says (PI 1.8, volume 3, 2.1.4.1 EFI_FFS_FILE_STATE). Bits start erased.
enum class FileState { kUnfinished, kLive, kDeleted };
FileState state_of(std::uint8_t state, std::uint8_t erased) {
  const auto bits = static_cast<std::uint8_t>(erased == 0xff ? ~state : state);
  if ((bits & 0x20) != 0) return FileState::kUnfinished;  // header invalid
  if ((bits & 0x10) != 0) return FileState::kDeleted;
  if ((bits & 0x0c) != 0) return FileState::kLive;  // data valid, or marked for update
  return FileState::kUnfinished;
}

struct FileHeader {
  Guid name;
  std::uint8_t header_checksum = 0;
  std::uint8_t data_checksum = 0;
  std::uint8_t type = 0;
  std::uint8_t attributes = 0;
  std::uint8_t state = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t header_bytes = kFileHeaderBytes;
};

// EFI_FFS_FILE_HEADER, or EFI_FFS_FILE_HEADER2 where the attribute and the file system say so.
FileHeader read_file_header(Bytes bytes, bool large_files) {
  octets::Reader reader(bytes);
  FileHeader header;
  header.name = reader.guid("file name");
  header.header_checksum = reader.u8("header checksum");
  header.data_checksum = reader.u8("file checksum");
  header.type = reader.u8("file type");
  header.attributes = reader.u8("file attributes");
  header.size_bytes = reader.u16("file size");
  header.size_bytes |= std::uint64_t{reader.u8("file size")} << 16;
  header.state = reader.u8("file state");
  if (large_files && (header.attributes & kLargeFile) != 0) {
    header.size_bytes = reader.u64("extended file size");
    header.header_bytes = kLargeFileHeaderBytes;
  }
  return header;
}

}  // namespace

// Whether the header at the front of `where` can be one. A header with a wrong checksum counts if the rest of
// it makes sense, so that the damage is told; else the four letters stand there by chance.
ImageParser::Candidate ImageParser::read_volume_header(const Extent& where, VolumeHeader& header) {
  const Bytes all = image_.space(where.space);
  if (where.begin > all.size()) return Candidate::kNone;
  const Bytes left = all.subspan(where.begin, std::min<std::uint64_t>(where.end, all.size()) - where.begin);
  octets::Reader reader(left);
  reader.bytes("zero vector", 16);
  header.file_system = reader.guid("file system");
  header.length_bytes = reader.u64("FvLength");
  const std::uint32_t signature = reader.u32("signature");
  const std::uint32_t attributes = reader.u32("attributes");
  header.header_bytes = reader.u16("header length");
  const std::uint16_t checksum = reader.u16("checksum");
  const std::uint16_t extended_offset = reader.u16("extended-header offset");
  reader.u8("reserved");
  header.revision = reader.u8("revision");
  if (reader.failure() || signature != kVolumeSignature) return Candidate::kNone;
  if (header.revision != 1 && header.revision != kVolumeRevision) return Candidate::kNone;
  if (header.header_bytes < kSmallestHeaderBytes || header.header_bytes > kLargestHeaderBytes ||
      header.header_bytes % 2 != 0 || header.header_bytes > left.size()) {
    return Candidate::kNone;
  }
  header.erased = (attributes & kErasedToOnes) != 0 ? 0xff : 0x00;
  header.name = header.file_system;
  const std::uint16_t sum = octets::sum16(left.first(header.header_bytes));
  const bool fits = header.length_bytes >= header.header_bytes && header.length_bytes <= where.size_bytes();
  if (sum != 0 && !fits) return Candidate::kNone;
  if (sum != 0) {
    find(Severity::kError, ErrorId::kVolumeDamaged, where,
         fmt::format(
             "checksum of the volume at {:#x} of {}: says {:#06x}, the rest of its header needs {:#06x}",
             where.begin, name_of(where.space), checksum, static_cast<std::uint16_t>(checksum - sum)));
  }
  if (!fits) {
    find(Severity::kError, ErrorId::kVolumeDamaged, where,
         fmt::format("length of the volume at {:#x} of {}: says {} bytes, {} are there", where.begin,
                     name_of(where.space), header.length_bytes, where.size_bytes()));
    header.length_bytes = where.size_bytes();
  }
  check_block_map(where, left.first(header.header_bytes).subspan(kFixedHeaderBytes), header.length_bytes);
  if (extended_offset != 0) read_extended_header(where, extended_offset, header);
  return Candidate::kVolume;
}

// The map must cover the volume; ARM's variable driver writes one that covers more.
void ImageParser::check_block_map(const Extent& where, Bytes map, std::uint64_t length_bytes) {
  octets::Reader reader(map);
  std::uint64_t covered = 0;
  while (reader.left_bytes() >= 8) {
    const std::uint64_t blocks = reader.u32("number of blocks");
    const std::uint64_t block_bytes = reader.u32("block length");
    if (blocks == 0 && block_bytes == 0) break;
    covered += std::min(blocks * block_bytes, length_bytes - covered);
  }
  if (covered >= length_bytes) return;
  find(Severity::kWarning, ErrorId::kVolumeDamaged, where,
       fmt::format("block map of the volume at {:#x} of {}: covers {} bytes, the volume has {}", where.begin,
                   name_of(where.space), covered, length_bytes));
}

// EFI_FIRMWARE_VOLUME_EXT_HEADER: the volume's name, its own size, and entries that nothing here needs.
void ImageParser::read_extended_header(const Extent& where, std::uint64_t at, VolumeHeader& header) {
  const Bytes all = image_.space(where.space).subspan(where.begin);
  const std::uint64_t volume_bytes = std::min<std::uint64_t>(header.length_bytes, all.size());
  octets::Reader reader(all.first(volume_bytes).subspan(std::min(at, volume_bytes)));
  const Guid name = reader.guid("volume name");
  const std::uint64_t size = reader.u32("extended-header size");
  constexpr std::uint64_t kExtendedHeaderBytes = 20;
  if (reader.failure() || at < header.header_bytes || size < kExtendedHeaderBytes ||
      size > volume_bytes - at) {
    find(Severity::kError, ErrorId::kVolumeDamaged, where,
         fmt::format(
             "extended header of the volume at {:#x} of {}: is to lie at {:#x} with {} bytes, the volume has "
             "{} and its header {}",
             where.begin, name_of(where.space), at, size, volume_bytes, header.header_bytes));
    return;
  }
  header.name = name;
  header.header_bytes = std::min(aligned(at + size, kFileAlignment), volume_bytes);
}

void ImageParser::read_volume(std::uint32_t parent, const Extent& where, const VolumeHeader& header) {
  ImagePart part;
  part.kind = header.file_system == kNvData ? ImagePart::Kind::kStore : ImagePart::Kind::kVolume;
  part.guid = header.name;
  part.file_system = header.file_system;
  part.header_bytes = header.header_bytes;
  const std::uint32_t volume = add(std::move(part), parent, where);
  if (volume == kNoPart || header.file_system == kNvData) return;
  const Extent files{where.space, where.begin + header.header_bytes, where.end};
  if (!is_file_system(header.file_system)) {
    add_unknown(volume, files);
    return;
  }
  if (!too_deep(image_.parts[volume].depth + 1, files)) read_files(volume, where, header);
}

// Files stand on multiples of 8 bytes from the volume's beginning.
void ImageParser::read_files(std::uint32_t volume, const Extent& where, const VolumeHeader& header) {
  std::uint64_t at = header.header_bytes;
  while (at < where.size_bytes() && !full_) {
    const Extent rest{where.space, where.begin + at, where.end};
    if (rest.size_bytes() < kFileHeaderBytes ||
        octets::all_equal(bytes(rest).first(kFileHeaderBytes), header.erased)) {
      read_rest_of_volume(volume, rest, header.erased);
      return;
    }
    const std::optional<std::uint64_t> next = read_file_at(volume, rest, header);
    if (!next) return;
    at = aligned(*next - where.begin, kFileAlignment);
  }
}

std::optional<std::uint64_t> ImageParser::read_file_at(std::uint32_t volume, const Extent& rest,
                                                       const VolumeHeader& header) {
  const FileHeader file = read_file_header(bytes(rest), header.file_system == kFfs3);
  if (file.size_bytes < file.header_bytes || file.size_bytes > rest.size_bytes()) {
    find(Severity::kError, ErrorId::kVolumeFileDamaged, rest,
         fmt::format(
             "size of file {} at {:#x} of {}: says {} bytes, {} to {} are possible; the rest of the volume "
             "was not read",
             file.name.text(), rest.begin, name_of(rest.space), file.size_bytes, file.header_bytes,
             rest.size_bytes()));
    add_unknown(volume, rest);
    return std::nullopt;
  }
  const Extent whole{rest.space, rest.begin, rest.begin + file.size_bytes};
  const FileState state = state_of(file.state, header.erased);
  ImagePart part;
  part.kind = file.type == kPadType ? ImagePart::Kind::kPadFile : ImagePart::Kind::kFile;
  part.type = file.type;
  part.deleted = state != FileState::kLive;
  part.guid = file.name;
  part.header_bytes = file.header_bytes;
  const std::uint32_t index = add(std::move(part), volume, whole);
  if (index == kNoPart) return std::nullopt;
  // The sum of the header is 0 where the state and the data's checksum count as 0.
  const auto off = static_cast<std::uint8_t>(sum8(bytes(whole).first(file.header_bytes)) -
                                             file.data_checksum - file.state);
  if (off != 0) {
    find(Severity::kError, ErrorId::kVolumeFileDamaged, whole,
         fmt::format("header checksum of file {} at {:#x} of {}: says {:#04x}, the header needs {:#04x}",
                     file.name.text(), whole.begin, name_of(whole.space), file.header_checksum,
                     static_cast<std::uint8_t>(file.header_checksum - off)));
  }
  if (state == FileState::kLive) {
    check_file(whole, file.header_bytes, file.data_checksum, (file.attributes & kHasChecksum) != 0, header);
    const bool has_sections = file.type > kRawType && file.type < kPadType;
    if (has_sections) read_sections(index, index, {whole.space, whole.begin + file.header_bytes, whole.end});
  }
  return whole.end;
}

void ImageParser::check_file(const Extent& file, std::uint64_t header_bytes, std::uint8_t data_checksum,
                             bool has_checksum, const VolumeHeader& header) {
  // FFS_FIXED_CHECKSUM, and what it was in volumes of revision 1.
  const std::uint8_t fixed = header.revision == 1 ? 0x5a : 0xaa;
  const auto needed =
      has_checksum ? static_cast<std::uint8_t>(-sum8(bytes(file).subspan(header_bytes))) : fixed;
  if (data_checksum == needed) return;
  find(Severity::kError, ErrorId::kVolumeFileDamaged, file,
       fmt::format("data checksum of the file at {:#x} of {}: says {:#04x}, {} {:#04x}", file.begin,
                   name_of(file.space), data_checksum,
                   has_checksum ? "its content needs" : "a file without one has", needed));
}

// Behind the last file. Something that is not erased there belongs to no file.
void ImageParser::read_rest_of_volume(std::uint32_t volume, const Extent& rest, std::uint8_t erased) {
  const Bytes all = bytes(rest);
  const auto used = std::ranges::find_if(all, [&](std::uint8_t byte) { return byte != erased; });
  const std::uint64_t free_bytes =
      static_cast<std::uint64_t>(used - all.begin()) / kFileAlignment * kFileAlignment;
  const std::uint64_t split = used == all.end() ? rest.end : rest.begin + free_bytes;
  if (split > rest.begin) add({.kind = ImagePart::Kind::kFree}, volume, {rest.space, rest.begin, split});
  add_unknown(volume, {rest.space, split, rest.end});
}

}  // namespace nonvol::flash
