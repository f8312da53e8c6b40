#include "flash/pending_write.h"

#include "octets/guid.h"

namespace nonvol::flash {
namespace {

using octets::Reader;

constexpr octets::Guid kWorkingArea = octets::guid_literal("9e58292b-7c68-497d-a0ce-6500fd9f1b95");
constexpr std::uint8_t kHealthy = 0xfe;
constexpr std::uint64_t kMaxRecords = 64;
constexpr unsigned kHeaderAllocated = 0;
constexpr unsigned kRecordsAllocated = 1;
constexpr unsigned kSpareComplete = 1;
constexpr unsigned kComplete = 2;  // of a header: all its writes; of a record: the target

// Flags are flash bits: 0 means set.
bool is_set(std::uint8_t flags, unsigned bit) {
  return (flags >> bit & 1u) == 0;
}

std::uint8_t with_bit_set(std::uint8_t flags, unsigned bit) {
  return static_cast<std::uint8_t>(flags & ~(1u << bit));
}

struct QueueRecord {
  std::uint8_t flags = 0;
  std::uint64_t offset_bytes = 0;
  std::uint64_t length_bytes = 0;
  std::int64_t relative_offset_bytes = 0;  // target minus spare
};

QueueRecord read_record(Reader& reader, std::uint64_t private_bytes) {
  QueueRecord record;
  record.flags = reader.u8("record flags");
  reader.bytes("record, reserved", 7);
  reader.u64("LBA");
  record.offset_bytes = reader.u64("offset");
  record.length_bytes = reader.u64("length");
  record.relative_offset_bytes = static_cast<std::int64_t>(reader.u64("relative offset"));
  reader.bytes("private data", private_bytes);
  return record;
}

// Whole blocks are copied, since the spare holds what stood around the changed bytes too.
void locate(const QueueRecord& record, const Layout& layout, std::uint64_t block_bytes, PendingWrite& write) {
  const std::uint64_t spare_bytes = layout.spare.size_bytes;
  if (block_bytes == 0 || record.offset_bytes > spare_bytes || record.length_bytes > spare_bytes) return;
  const std::uint64_t blocks = (record.offset_bytes + record.length_bytes + block_bytes - 1) / block_bytes;
  const std::uint64_t size_bytes = blocks * block_bytes;
  const auto spare_at = static_cast<std::int64_t>(layout.spare.offset_bytes);
  if (record.relative_offset_bytes < -spare_at || record.relative_offset_bytes >= 0) return;
  const auto target_at = static_cast<std::uint64_t>(spare_at + record.relative_offset_bytes);
  if (size_bytes == 0 || size_bytes > spare_bytes || target_at + size_bytes > layout.spare.offset_bytes)
    return;
  write.spare = {layout.spare.offset_bytes, size_bytes};
  write.target = {target_at, size_bytes};
}

}  // namespace

std::optional<PendingWrite> pending_write(octets::Bytes area, const Layout& layout,
                                          std::uint64_t block_bytes) {
  Reader reader(area, layout.working.offset_bytes);
  const octets::Guid signature = reader.guid("signature");
  reader.u32("CRC");
  const std::uint8_t state = reader.u8("state");
  reader.bytes("reserved", 3);
  reader.u64("queue size");
  if (reader.failure() || signature != kWorkingArea || state != kHealthy) return std::nullopt;
  // Every round consumes 40 bytes or ends, so that the area bounds the walk.
  for (;;) {
    PendingWrite write;
    write.header_offset_bytes = reader.offset_bytes();
    write.header_flags = reader.u8("write header flags");
    reader.bytes("write header, caller", 23);
    const std::uint64_t records = reader.u64("number of writes");
    const std::uint64_t private_bytes = reader.u64("private data size");
    const bool allocated =
        is_set(write.header_flags, kHeaderAllocated) && is_set(write.header_flags, kRecordsAllocated);
    const bool complete = is_set(write.header_flags, kComplete);
    if (reader.failure() || !allocated || records > kMaxRecords || private_bytes > area.size())
      return std::nullopt;
    for (std::uint64_t i = 0; i < records; ++i) {
      write.record_offset_bytes = reader.offset_bytes();
      const QueueRecord record = read_record(reader, private_bytes);
      if (reader.failure()) return std::nullopt;
      if (complete || !is_set(record.flags, kSpareComplete) || is_set(record.flags, kComplete)) continue;
      write.record_flags = record.flags;
      write.is_last = i + 1 == records;
      locate(record, layout, block_bytes, write);
      return write;
    }
  }
}

std::vector<storage::Patch> completion_of(const PendingWrite& write) {
  std::vector<storage::Patch> patches;
  patches.push_back({write.record_offset_bytes,
                     {with_bit_set(write.record_flags, kComplete)},
                     "interrupted write: its record is marked done"});
  if (write.is_last) {
    patches.push_back({write.header_offset_bytes,
                       {with_bit_set(write.header_flags, kComplete)},
                       "interrupted write: its header is marked done"});
  }
  return patches;
}

}  // namespace nonvol::flash
