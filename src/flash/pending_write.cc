#include "flash/pending_write.h"

#include <algorithm>

#include "flash/compose.h"
#include "octets/text.h"

namespace nonvol::flash {
namespace {

using octets::Reader;

constexpr std::uint64_t kQueueHeaderBytes = 32;
constexpr std::uint64_t kWriteHeaderBytes = 40;
constexpr std::uint64_t kWriteRecordBytes = 40;
constexpr std::uint64_t kMaxWrites = 64;  // of one header; edk2's variable driver makes one
constexpr unsigned kHeaderAllocated = 0;
constexpr unsigned kSpareComplete = 1;
constexpr unsigned kComplete = 2;  // of a header: all its writes; of a record: the target

// Flags are flash bits: 0 means set.
bool is_set(std::uint8_t flags, unsigned bit) {
  return (flags >> bit & 1u) == 0;
}

std::uint8_t with_bit_set(std::uint8_t flags, unsigned bit) {
  return static_cast<std::uint8_t>(flags & ~(1u << bit));
}

struct WriteHeader {
  std::uint64_t at = 0;  // in the area
  std::uint8_t flags = 0;
  std::uint64_t writes = 0;
  std::uint64_t private_bytes = 0;
};

// The first write that is not complete, which may be an empty place; nullopt where the queue runs off its
// end.
std::optional<WriteHeader> last_header(octets::Bytes area) {
  Reader reader(area);
  reader.bytes("queue header", kQueueHeaderBytes);
  // Every turn consumes 40 bytes or ends, so that the area bounds the turns.
  for (;;) {
    WriteHeader header;
    header.at = reader.position_bytes();
    header.flags = reader.u8("write header flags");
    reader.bytes("write header, caller", 23);
    header.writes = reader.u64("number of writes");
    header.private_bytes = reader.u64("private data size");
    if (reader.failure()) return std::nullopt;
    if (!is_set(header.flags, kComplete)) return header;
    if (header.writes > kMaxWrites || header.private_bytes > area.size()) return std::nullopt;
    reader.bytes("write records", header.writes * (kWriteRecordBytes + header.private_bytes));
  }
}

// Whole blocks are copied, since the spare holds what stood around the changed bytes too. The relative offset
// is signed: target less spare area.
void locate(std::uint64_t offset, std::uint64_t length, std::uint64_t relative, const Layout& layout,
            PendingWrite& write) {
  const std::uint64_t target = layout.spare.offset_bytes + relative;
  const std::uint64_t room = std::min(
      layout.variables_end_bytes - std::min(layout.variables_end_bytes, target), layout.spare.size_bytes);
  if (layout.block_bytes == 0 || length == 0 || length > room || offset > room - length) return;
  const std::uint64_t blocks = (offset + length + layout.block_bytes - 1) / layout.block_bytes;
  const std::uint64_t size_bytes = std::min(room, blocks * layout.block_bytes);
  write.spare = {layout.spare.offset_bytes, size_bytes};
  write.target = {target, size_bytes};
}

// The first of a header's writes whose target is not complete, if its copy in the spare area is.
std::optional<PendingWrite> interrupted_write(octets::Bytes area, const WriteHeader& header,
                                              const Layout& layout) {
  const bool allocated = is_set(header.flags, kHeaderAllocated);
  if (!allocated || header.writes == 0 || header.writes > kMaxWrites || header.private_bytes > area.size()) {
    return std::nullopt;
  }
  Reader reader(area.subspan(header.at + kWriteHeaderBytes));
  for (std::uint64_t i = 0; i < header.writes; ++i) {
    PendingWrite write;
    write.header_offset_bytes = layout.working.offset_bytes + header.at;
    write.record_offset_bytes = write.header_offset_bytes + kWriteHeaderBytes + reader.position_bytes();
    write.header_flags = header.flags;
    write.record_flags = reader.u8("write record flags");
    reader.bytes("write record", 15);
    const std::uint64_t offset = reader.u64("offset");
    const std::uint64_t length = reader.u64("length");
    const std::uint64_t relative = reader.u64("relative offset");
    reader.bytes("private data", header.private_bytes);
    if (reader.failure()) return std::nullopt;
    if (is_set(write.record_flags, kComplete)) continue;
    if (!is_set(write.record_flags, kSpareComplete)) return std::nullopt;
    write.is_last = i + 1 == header.writes;
    locate(offset, length, relative, layout, write);
    return write;
  }
  return std::nullopt;
}

}  // namespace

octets::Bytes working_area_of(octets::Bytes volume, const Layout& layout) {
  return volume.subspan(layout.working.offset_bytes, layout.working.size_bytes);
}

WriteQueue read_write_queue(octets::Bytes area, const Layout& layout) {
  WriteQueue queue;
  queue.is_erased = octets::all_equal(area, 0xff);
  const std::vector<std::uint8_t> wanted = working_area_header(layout);
  queue.is_valid = area.size() >= wanted.size() && std::ranges::equal(area.first(wanted.size()), wanted);
  if (!queue.is_valid) return queue;
  if (const auto header = last_header(area)) queue.interrupted = interrupted_write(area, *header, layout);
  return queue;
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
