#include "flash/record_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "flash/hints.h"

namespace nonvol::flash {
namespace {

using octets::Bytes;

constexpr std::uint16_t kStartMark = 0x55aa;
constexpr std::uint64_t kStartMarkBytes = 2;
constexpr std::uint32_t kUnwrittenField = 0xffffffff;
constexpr std::uint64_t kAlignmentBytes = 4;

std::uint64_t aligned(std::uint64_t offset_bytes) {
  return (offset_bytes + kAlignmentBytes - 1) / kAlignmentBytes * kAlignmentBytes;
}

std::uint16_t mark_at(Bytes bytes, std::uint64_t offset_bytes) {
  return static_cast<std::uint16_t>(bytes[offset_bytes] | bytes[offset_bytes + 1] << 8);
}

void report(VariableStore& store, ErrorId id, Severity severity, std::uint64_t offset_bytes,
            std::string message) {
  store.findings.push_back({severity, id, std::move(message), Place::at_byte(store.file_name, offset_bytes),
                            list_raw_hint(store.file_name)});
}

// The header at `offset_bytes`; the caller knows that it lies within the bytes.
Record read_record_header(Bytes bytes, HeaderKind kind, std::uint64_t offset_bytes) {
  octets::Reader reader(bytes.subspan(offset_bytes, record_header_size_bytes(kind)), offset_bytes);
  Record record;
  record.offset_bytes = offset_bytes;
  reader.u16("start mark");
  record.state = reader.u8("state");
  reader.u8("reserved");
  record.attributes = reader.u32("attributes");
  if (kind == HeaderKind::kAuthenticated) {
    record.monotonic_count = reader.u64("monotonic count");
    record.timestamp = variable::parse_timestamp(reader.bytes("time stamp", variable::kTimestampSizeBytes));
    record.public_key_index = reader.u32("public-key index");
  }
  record.name_size_bytes = reader.u32("name size");
  record.data_size_bytes = reader.u32("data size");
  record.vendor = reader.guid("vendor");
  record.is_hole = record.state == state::kUnwritten || record.attributes == kUnwrittenField ||
                   record.name_size_bytes == kUnwrittenField || record.data_size_bytes == kUnwrittenField;
  return record;
}

std::uint64_t name_size_offset_bytes(const VariableStore& store, const Record& record) {
  return record.offset_bytes + (store.kind == HeaderKind::kAuthenticated ? 0x24 : 0x08);
}

std::string record_at(const VariableStore& store, std::uint64_t offset_bytes) {
  return fmt::format("variable record at offset {:#x} of {}", offset_bytes, store.file_name);
}

void check_state(VariableStore& store, const Record& record) {
  if (is_known_state(record.state)) return;
  report(store, ErrorId::kRecordState, Severity::kError, record.offset_bytes + 2,
         fmt::format("{}: its state is {:#04x}, edk2 writes 0x7f, 0x3f, 0x3e, 0x3d and 0x3c; x86 firmware "
                     "passes over the variable, ARM firmware formats the store",
                     record_at(store, record.offset_bytes), record.state));
}

// A hole in the state "unwritten" is what an interrupted write leaves and no damage. One with another state
// is: edk2 takes its sizes as zero and mostly finds no record behind it.
void check_hole(VariableStore& store, const Record& record) {
  if (record.state == state::kUnwritten) return;
  report(store, ErrorId::kRecordSizes, Severity::kError, name_size_offset_bytes(store, record),
         fmt::format("{}: its state is {:#04x} but attributes {:#x}, name size {:#x} or data size {:#x} are "
                     "unwritten; the firmware counts both sizes as zero and goes on {} bytes later, and so "
                     "does nonvol, without this variable",
                     record_at(store, record.offset_bytes), record.state, record.attributes,
                     record.name_size_bytes, record.data_size_bytes, record.size_bytes));
}

// Why the name is not one that edk2 writes; empty when it is.
std::string name_trouble(Bytes name) {
  constexpr std::uint64_t kSmallestNameBytes = 4;
  if (name.size() < kSmallestNameBytes) {
    return fmt::format("has {} bytes, the shortest name has {}", name.size(), kSmallestNameBytes);
  }
  if (name.size() % 2 != 0) return fmt::format("has {} bytes, UTF-16 comes in pairs", name.size());
  for (std::size_t i = 0; i < name.size(); i += 2) {
    const bool is_nul = name[i] == 0 && name[i + 1] == 0;
    if (is_nul && i + 2 < name.size()) {
      return fmt::format("has {} bytes, but its NUL comes after {}", name.size(), i);
    }
    if (!is_nul && i + 2 == name.size())
      return fmt::format("has {} bytes and no NUL at its end", name.size());
  }
  return {};
}

void take_name(VariableStore& store, Record& record) {
  // Nothing says that a name was written before its record's state went on.
  if (record.state == state::kHeaderOnly) return;
  const Bytes name = store.at(record.name_utf16);
  const bool has_nul = name.size() >= 2 && name[name.size() - 2] == 0 && name[name.size() - 1] == 0;
  record.name = octets::utf8_from_utf16le(has_nul ? name.first(name.size() - 2) : name);
  const std::string trouble = name_trouble(name);
  if (trouble.empty()) return;
  report(store, ErrorId::kRecordName, Severity::kError, record.name_utf16.offset_bytes,
         fmt::format("name of the {}: {}; x86 firmware compares the bytes as they are, ARM firmware formats "
                     "the store",
                     record_at(store, record.offset_bytes), trouble));
}

// Nothing can be appended behind such a record, so that the walk's end is the end of the store.
void end_at_oversized(VariableStore& store, std::optional<Record> record, std::uint64_t offset_bytes,
                      std::string numbers) {
  report(store, ErrorId::kRecordSizes, Severity::kError,
         record ? name_size_offset_bytes(store, *record) : offset_bytes,
         fmt::format("{}: {}; the firmware ends its walk here or crashes, and nonvol takes neither this "
                     "variable nor what lies behind it",
                     record_at(store, offset_bytes), numbers));
  if (record) {
    record->fits = false;
    record->size_bytes = store.store_end_bytes - offset_bytes;
    store.records.push_back(std::move(*record));
  }
  store.records_end_bytes = store.store_end_bytes;
}

enum class Step { kTaken, kEnded, kNeedsBytes };

Step take_record(VariableStore& store) {
  const std::uint64_t offset = store.records_end_bytes;
  const std::uint64_t left = store.store_end_bytes - offset;
  const std::uint64_t read_end = store.bytes.size();
  const std::uint64_t header_size = record_header_size_bytes(store.kind);
  if (left < kStartMarkBytes) return Step::kEnded;
  if (read_end < offset + kStartMarkBytes) return Step::kNeedsBytes;
  if (mark_at(store.bytes, offset) != kStartMark) return Step::kEnded;
  if (left < header_size) {
    end_at_oversized(store, std::nullopt, offset,
                     fmt::format("its header needs {} bytes, the store has {} left", header_size, left));
    return Step::kEnded;
  }
  if (read_end < offset + header_size) return Step::kNeedsBytes;

  Record record = read_record_header(store.bytes, store.kind, offset);
  const std::uint64_t content =
      record.is_hole ? 0 : std::uint64_t{record.name_size_bytes} + record.data_size_bytes;
  if (content > left - header_size) {
    check_state(store, record);
    end_at_oversized(
        store, std::move(record), offset,
        fmt::format("its name and data take {} bytes, the store has {} left", content, left - header_size));
    return Step::kEnded;
  }
  const std::uint64_t end = offset + header_size + content;
  if (read_end < end) return Step::kNeedsBytes;
  record.size_bytes = std::min(aligned(end), store.store_end_bytes) - offset;
  check_state(store, record);
  if (record.is_hole) {
    check_hole(store, record);
  } else {
    record.name_utf16 = {offset + header_size, record.name_size_bytes};
    record.data = {record.name_utf16.offset_bytes + record.name_size_bytes, record.data_size_bytes};
    take_name(store, record);
  }
  store.records_end_bytes += record.size_bytes;
  store.records.push_back(std::move(record));
  return Step::kTaken;
}

// The next place that looks like the start of a record: for the message, and for whoever repairs the store.
std::optional<std::uint64_t> next_plausible_record(const VariableStore& store, std::uint64_t from_bytes) {
  const std::uint64_t header_size = record_header_size_bytes(store.kind);
  const std::uint64_t end = std::min<std::uint64_t>(store.bytes.size(), store.store_end_bytes);
  for (std::uint64_t at = aligned(from_bytes); at + header_size <= end; at += kAlignmentBytes) {
    if (mark_at(store.bytes, at) != kStartMark) continue;
    const Record record = read_record_header(store.bytes, store.kind, at);
    const std::uint64_t content = std::uint64_t{record.name_size_bytes} + record.data_size_bytes;
    if (!record.is_hole && is_known_state(record.state) &&
        content <= store.store_end_bytes - at - header_size) {
      return at;
    }
  }
  return std::nullopt;
}

// A write that was cut off before its record became valid leaves a name and perhaps data behind a header in
// the state "unwritten": all of them within the sizes of that header.
bool is_torn_write(const VariableStore& store, Range tail) {
  if (store.records.empty() || !store.records.back().is_hole) return false;
  const Record& hole = store.records.back();
  if (hole.state != state::kUnwritten || hole.name_size_bytes == kUnwrittenField ||
      hole.data_size_bytes == kUnwrittenField) {
    return false;
  }
  const std::uint64_t content = std::uint64_t{hole.name_size_bytes} + hole.data_size_bytes;
  if (content >= tail.size_bytes) return true;
  const Range behind{tail.offset_bytes + content, tail.size_bytes - content};
  return octets::all_equal(store.at(behind), 0xff);
}

}  // namespace

bool walk_records(VariableStore& store) {
  // Every turn but the last adds a record of at least 32 bytes, so that the store's size bounds the turns.
  while (true) {
    switch (take_record(store)) {
      case Step::kTaken:
        continue;
      case Step::kEnded:
        return true;
      case Step::kNeedsBytes:
        return false;
    }
  }
}

void check_tail(VariableStore& store) {
  const std::uint64_t walk_end = store.records_end_bytes;
  const std::uint64_t read_end = std::min<std::uint64_t>(store.bytes.size(), store.store_end_bytes);
  if (walk_end >= read_end) return;
  const Range tail{walk_end, read_end - walk_end};
  const Bytes bytes = store.at(tail);
  if (octets::all_equal(bytes, 0xff)) return;
  const auto first = std::ranges::find_if(bytes, [](std::uint8_t byte) { return byte != 0xff; });
  const std::uint64_t first_at = walk_end + static_cast<std::uint64_t>(first - bytes.begin());
  if (is_torn_write(store, tail)) {
    const Record& hole = store.records.back();
    report(
        store, ErrorId::kBytesAfterRecords, Severity::kWarning, first_at,
        fmt::format("records of {} end at offset {:#x}; the bytes from {:#x} on belong to a write that was "
                    "cut off (record at offset {:#x}, {} bytes of name and {} of data), and x86 firmware "
                    "goes on without them",
                    store.file_name, walk_end, first_at, hole.offset_bytes, hole.name_size_bytes,
                    hole.data_size_bytes));
    return;
  }
  const std::optional<std::uint64_t> next = next_plausible_record(store, walk_end);
  report(store, ErrorId::kBytesAfterRecords, Severity::kError, first_at,
         fmt::format("records of {} end at offset {:#x}, yet offset {:#x} holds {:#04x} where the store "
                     "should be erased (0xff); {}, and the firmware sees nothing behind {:#x}",
                     store.file_name, walk_end, first_at, *first,
                     next ? fmt::format("another record seems to begin at {:#x}", *next)
                          : std::string("no further record was found"),
                     walk_end));
}

}  // namespace nonvol::flash
