#include "tpm/swtpm_linear.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "octets/text.h"
#include "octets/writer.h"
#include "tpm/swtpm_blob.h"

namespace nonvol::tpm {
namespace {

// swtpm src/swtpm/swtpm_nvstore_linear.h. Numbers are little-endian here, unlike in the blobs.
constexpr std::uint64_t kMagic = 0x737774706d6c696e;  // reads "nilmptws" in the file
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 192;
constexpr std::size_t kFrontBytes = 12;  // magic, version, padding, header size
constexpr std::size_t kSectionFieldBytes = 12;
constexpr std::size_t kSections = 15;
// The first three belong to the only TPM that swtpm keeps there (SWTPM_NVRAM_Linear_GetFileNr()).
constexpr StateKind kKinds[] = {StateKind::kPermanent, StateKind::kVolatile, StateKind::kSaveState};

// 64 bits wide, so that no sum of two wraps: swtpm's of 32 bits did (its issues 1170 to 1174).
struct Section {
  std::uint64_t offset_bytes = 0;  // 0: not in use, whatever the lengths say
  std::uint64_t data_bytes = 0;
  std::uint64_t section_bytes = 0;

  bool used() const { return offset_bytes != 0; }
  std::uint64_t end_bytes() const { return offset_bytes + section_bytes; }
};
using Sections = std::array<Section, kSections>;

Error damaged(const std::string& name, std::uint64_t offset_bytes, std::string message) {
  return Error(ErrorId::kSwtpmLinear, std::move(message)).at(Place::at_byte(name, offset_bytes));
}

std::uint64_t field_offset_bytes(std::size_t index) {
  return kFrontBytes + index * kSectionFieldBytes;
}

Result<Sections> read_header(octets::Bytes file, const std::string& name) {
  octets::Reader reader(file);
  const std::uint64_t magic = reader.u64("magic");
  const std::uint8_t version = reader.u8("version");
  reader.u8("padding");
  const std::uint16_t header_bytes = reader.u16("hdrsize");
  Sections sections{};
  for (Section& section : sections) {
    section.offset_bytes = reader.u32("offset");
    section.data_bytes = reader.u32("data_length");
    section.section_bytes = reader.u32("section_length");
  }
  if (const auto& failure = reader.failure()) {
    return damaged(name, 0, fmt::format("the linear header is cut: {}", octets::describe(*failure)));
  }
  if (magic != kMagic) {
    return damaged(name, 0, fmt::format("'magic' is {:#018x}, not {:#018x}", magic, kMagic));
  }
  if (version != kVersion) {
    return damaged(name, 8, fmt::format("'version' is {}, not {}", version, kVersion));
  }
  if (header_bytes != kHeaderBytes) {
    return damaged(name, 10, fmt::format("'hdrsize' is {}, not {}", header_bytes, kHeaderBytes));
  }
  return sections;
}

Result<void> check_section(const Sections& sections, std::size_t index, std::uint64_t file_bytes,
                           const std::string& name) {
  const Section& section = sections[index];
  const std::uint64_t at = field_offset_bytes(index);
  if (index >= std::size(kKinds)) {
    return damaged(name, at, fmt::format("section {} is in use; swtpm uses 0 to 2", index));
  }
  if (section.offset_bytes < kHeaderBytes) {
    return damaged(name, at,
                   fmt::format("'offset' of section {} is {}, inside the header of {} bytes", index,
                               section.offset_bytes, kHeaderBytes));
  }
  if (section.data_bytes > section.section_bytes) {
    return damaged(name, at + 4,
                   fmt::format("'data_length' of section {} is {}, its 'section_length' {}", index,
                               section.data_bytes, section.section_bytes));
  }
  if (section.end_bytes() > file_bytes) {
    return damaged(
        name, at,
        fmt::format("section {} ends at {}, the file at {}", index, section.end_bytes(), file_bytes));
  }
  for (std::size_t before = 0; before < index; ++before) {
    const Section& other = sections[before];
    if (other.used() && other.offset_bytes < section.end_bytes() &&
        section.offset_bytes < other.end_bytes()) {
      return damaged(name, at,
                     fmt::format("section {} begins at {} and section {} at {}: they overlap", before,
                                 other.offset_bytes, index, section.offset_bytes));
    }
  }
  return {};
}

Error no_state(const std::string& name, std::string message) {
  return Error(ErrorId::kNoSwtpmState, std::move(message)).at(Place::in_file(name));
}

}  // namespace

Result<SwtpmBlobs> decode_swtpm_linear(octets::Bytes file, const std::string& name) {
  const octets::Bytes front = file.first(std::min(file.size(), kHeaderBytes));
  if (octets::all_equal(front, 0)) {
    return no_state(name, fmt::format("the first {} bytes of the file are empty", front.size()));
  }
  const Result<Sections> sections = read_header(file, name);
  if (!sections) return sections.error();
  SwtpmBlobs blobs;
  for (std::size_t index = 0; index < kSections; ++index) {
    const Section& section = (*sections)[index];
    if (!section.used()) continue;
    if (Result<void> checked = check_section(*sections, index, file.size(), name); !checked) {
      return checked.error();
    }
    blobs[kKinds[index]] = file.subspan(section.offset_bytes, section.data_bytes);
  }
  if (!blobs.contains(StateKind::kPermanent)) {
    return no_state(name, fmt::format("the header at the front has no section 0 ('{}'), {} others",
                                      entry_name(StateKind::kPermanent), blobs.size()));
  }
  return blobs;
}

Result<std::vector<std::uint8_t>> encode_swtpm_linear(const SwtpmBlobs& blobs) {
  octets::Writer header;
  octets::Writer sections;
  header.u64(kMagic).u8(kVersion).u8(0).u16(kHeaderBytes);
  for (const StateKind kind : kKinds) {
    const auto blob = blobs.find(kind);
    if (blob == blobs.end()) {
      header.u32(0).u32(0).u32(0);
      continue;
    }
    const std::size_t data_bytes = blob->second.size();
    if (data_bytes > kLargestSwtpmBlobBytes) {
      return Error(ErrorId::kSwtpmLinear, fmt::format("the blob of '{}' has {} bytes, a section at most {}",
                                                      entry_name(kind), data_bytes, kLargestSwtpmBlobBytes));
    }
    // As SWTPM_NVRAM_Linear_AllocFile() makes them, so that a state that grows a little stays where it is.
    const std::size_t section_bytes = std::bit_ceil(data_bytes);
    header.u32(static_cast<std::uint32_t>(kHeaderBytes + sections.size_bytes()))
        .u32(static_cast<std::uint32_t>(data_bytes))
        .u32(static_cast<std::uint32_t>(section_bytes));
    sections.bytes(blob->second).bytes(std::vector<std::uint8_t>(section_bytes - data_bytes, 0));
  }
  header.bytes(std::vector<std::uint8_t>(kHeaderBytes - header.size_bytes(), 0)).bytes(sections.view());
  return header.take();
}

}  // namespace nonvol::tpm
