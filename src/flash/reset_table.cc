#include "flash/reset_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "flash/hints.h"

namespace nonvol::flash {
namespace {

using octets::Bytes;
using octets::Guid;

constexpr Guid kFooter = octets::guid_literal("96b582de-1fb2-45f7-baea-a366c55a082d");
// The footer ends this far before the end of the file: below it are the entry of the other processors and the
// reset vector, 16 bytes each.
constexpr std::uint64_t kBelowFooterBytes = 0x20;
constexpr std::uint64_t kGuidBytes = 16;
// A u16 length and a GUID end each entry, and the table.
constexpr std::uint64_t kEntryEndBytes = 2 + kGuidBytes;
constexpr std::uint32_t kMostSections = 256;         // OVMF has at most ten
constexpr std::uint32_t kSevSignature = 0x56455341;  // "ASEV"
constexpr std::uint32_t kTdxSignature = 0x46564454;  // "TDVF"
constexpr std::uint64_t kSevSectionBytes = 12;
constexpr std::uint64_t kTdxSectionBytes = 32;

struct Table {
  const std::string& file_name;
  Bytes tail;
  std::uint64_t tail_begin_bytes;  // in the file
  std::vector<Finding>& findings;

  void damaged(std::uint64_t offset_in_tail, std::string message) {
    findings.push_back({Severity::kError, ErrorId::kResetTableDamaged, std::move(message),
                        Place::at_byte(file_name, tail_begin_bytes + offset_in_tail),
                        inspect_hint(file_name)});
  }
};

// Walks back from the footer, as QEMU does (pc_system_ovmf_table_find).
void read_entries(Table& table, ResetTable& result, std::uint64_t begin, std::uint64_t end) {
  while (end > begin) {
    if (end - begin < kEntryEndBytes) {
      table.damaged(begin,
                    fmt::format("entries of the reset vector's table: {} bytes are left for one, its length "
                                "and GUID alone have {}",
                                end - begin, kEntryEndBytes));
      return;
    }
    octets::Reader reader(table.tail.subspan(end - kEntryEndBytes, kEntryEndBytes));
    const std::uint64_t length = reader.u16("entry length");
    const Guid guid = reader.guid("entry GUID");
    if (length < kEntryEndBytes || length > end - begin) {
      table.damaged(end - kEntryEndBytes,
                    fmt::format("length of entry {} of the reset vector's table: says {} bytes, {} to {} are "
                                "possible",
                                guid.text(), length, kEntryEndBytes, end - begin));
      return;
    }
    const Bytes data = table.tail.subspan(end - length, length - kEntryEndBytes);
    result.entries.push_back({guid, table.tail_begin_bytes + end - length, {data.begin(), data.end()}});
    end -= length;
  }
}

struct Descriptor {
  std::string_view name;  // "SEV"
  std::uint32_t signature;
  std::uint64_t section_bytes;
};
constexpr Descriptor kSev{"SEV", kSevSignature, kSevSectionBytes};
constexpr Descriptor kTdx{"TDX", kTdxSignature, kTdxSectionBytes};

MetadataSection read_section(octets::Reader& reader, const Descriptor& descriptor) {
  MetadataSection section;
  if (descriptor.signature == kSevSignature) {
    section.memory_offset_bytes = reader.u32("section base");
    section.memory_bytes = reader.u32("section size");
    section.type = reader.u32("section type");
    return section;
  }
  section.file_offset_bytes = reader.u32("section data offset");
  section.file_bytes = reader.u32("section raw data size");
  section.memory_offset_bytes = reader.u64("section memory address");
  section.memory_bytes = reader.u64("section memory data size");
  section.type = reader.u32("section type");
  reader.u32("section attributes");
  return section;
}

// The entry's data is the distance of the descriptor from the end of the file: signature, length, version,
// number of sections, all u32, and the sections.
std::optional<std::vector<MetadataSection>> read_metadata(Table& table, const ResetEntry* entry,
                                                          const Descriptor& descriptor) {
  if (entry == nullptr) return std::nullopt;
  const std::uint64_t entry_at = entry->offset_bytes - table.tail_begin_bytes;
  octets::Reader offset_reader(entry->data);
  const std::uint64_t distance = offset_reader.u32("metadata offset");
  constexpr std::uint64_t kHeaderBytes = 16;
  if (offset_reader.failure() || distance > table.tail.size() || distance < kHeaderBytes) {
    table.damaged(
        entry_at,
        fmt::format("offset of the {} metadata: says {} bytes before the end, {} to {} are possible",
                    descriptor.name, distance, kHeaderBytes, table.tail.size()));
    return std::nullopt;
  }
  const std::uint64_t at = table.tail.size() - distance;
  octets::Reader reader(table.tail.subspan(at));
  const std::uint32_t signature = reader.u32("signature");
  const std::uint32_t length = reader.u32("length");
  reader.u32("version");
  const std::uint32_t count = reader.u32("number of sections");
  if (signature != descriptor.signature) {
    table.damaged(at, fmt::format("signature of the {} metadata: is {:#010x}, such a descriptor has {:#010x}",
                                  descriptor.name, signature, descriptor.signature));
    return std::nullopt;
  }
  if (count > kMostSections || count * descriptor.section_bytes > reader.left_bytes()) {
    table.damaged(
        at + 12,
        fmt::format("number of sections of the {} metadata: says {}, there is room for {} in its "
                    "{} bytes",
                    descriptor.name, count,
                    std::min<std::uint64_t>(kMostSections, reader.left_bytes() / descriptor.section_bytes),
                    length));
    return std::nullopt;
  }
  std::vector<MetadataSection> sections;
  for (std::uint32_t i = 0; i < count; ++i) sections.push_back(read_section(reader, descriptor));
  return sections;
}

}  // namespace

std::string_view entry_name(const Guid& guid) {
  if (guid == reset_entry::kSevEsReset) return "SEV-ES reset block";
  if (guid == reset_entry::kSevSecret) return "SEV launch secret";
  if (guid == reset_entry::kSevHashes) return "SEV kernel hashes";
  if (guid == reset_entry::kSevMetadata) return "SEV metadata";
  if (guid == reset_entry::kTdxMetadata) return "TDX metadata";
  if (guid == reset_entry::kIgvmParameters) return "IGVM parameters";
  return "unknown";
}

const ResetEntry* ResetTable::find(const Guid& guid) const {
  const auto found = std::ranges::find(entries, guid, &ResetEntry::guid);
  return found == entries.end() ? nullptr : &*found;
}

std::optional<ResetTable> read_reset_table(const std::string& file_name, Bytes tail,
                                           std::uint64_t file_size_bytes, std::vector<Finding>& findings) {
  if (tail.size() < kBelowFooterBytes + kEntryEndBytes || tail.size() > file_size_bytes) return std::nullopt;
  const std::uint64_t end = tail.size() - kBelowFooterBytes;
  octets::Reader reader(tail.subspan(end - kEntryEndBytes, kEntryEndBytes));
  const std::uint64_t length = reader.u16("table length");
  if (reader.guid("table footer") != kFooter) return std::nullopt;
  Table table{file_name, tail, file_size_bytes - tail.size(), findings};
  const std::size_t findings_before = findings.size();
  ResetTable result;
  result.size_bytes = length;
  result.offset_bytes = table.tail_begin_bytes + end - std::min(length, end);
  if (length < kEntryEndBytes || length > end) {
    table.damaged(end - kEntryEndBytes,
                  fmt::format("length of the reset vector's table: says {} bytes, {} to {} are "
                              "possible",
                              length, kEntryEndBytes, end));
    result.size_bytes = 0;
    result.damaged = true;
    return result;
  }
  read_entries(table, result, end - length, end - kEntryEndBytes);
  result.sev = read_metadata(table, result.find(reset_entry::kSevMetadata), kSev);
  result.tdx = read_metadata(table, result.find(reset_entry::kTdxMetadata), kTdx);
  result.damaged = findings.size() > findings_before;
  return result;
}

}  // namespace nonvol::flash
