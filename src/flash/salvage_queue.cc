#include "flash/salvage_queue.h"

#include <algorithm>

#include "octets/guid.h"
#include "octets/text.h"

namespace nonvol::flash {
namespace {

using octets::Bytes;
using octets::Reader;

constexpr octets::Guid kWorkingArea = octets::guid_literal("9e58292b-7c68-497d-a0ce-6500fd9f1b95");
constexpr std::uint8_t kErased = 0xff;
constexpr std::uint64_t kQueueHeaderBytes = 32;
constexpr std::uint64_t kWriteHeaderBytes = 40;
constexpr std::uint64_t kWriteRecordBytes = 40;
constexpr std::uint64_t kMaxWrites = 64;  // of one header; edk2's variable driver makes one

// CRC-32 of the header with CRC and state erased. It depends on the area's size alone, and there are two.
std::uint32_t header_crc(std::uint64_t area_bytes) {
  return area_bytes == 0x1000 ? 0x642caf2c : 0x86c6e75b;
}

// Flags are flash bits: 0 means set.
bool is_set(std::uint8_t flags, unsigned bit) {
  return (flags >> bit & 1u) == 0;
}

struct WriteHeader {
  std::uint64_t at = 0;
  std::uint8_t flags = 0;
  std::uint64_t writes = 0;
  std::uint64_t private_bytes = 0;
};

// The first write that is not complete, which may be an empty place; nullopt where the queue runs off its
// end.
std::optional<WriteHeader> last_header(Bytes area) {
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
    if (!is_set(header.flags, 2)) return header;
    if (header.writes > kMaxWrites || header.private_bytes > area.size()) return std::nullopt;
    reader.bytes("write records", header.writes * (kWriteRecordBytes + header.private_bytes));
  }
}

std::optional<InterruptedWrite> interrupted_write(Bytes area, const WriteHeader& header,
                                                  const Layout& layout) {
  const bool allocated = is_set(header.flags, 0);
  if (!allocated || header.writes == 0 || header.writes > kMaxWrites || header.private_bytes > area.size()) {
    return std::nullopt;
  }
  Reader reader(area.subspan(header.at + kWriteHeaderBytes));
  for (std::uint64_t i = 0; i < header.writes; ++i) {
    const std::uint64_t record_at = header.at + kWriteHeaderBytes + reader.position_bytes();
    const std::uint8_t flags = reader.u8("write record flags");
    reader.bytes("write record", 15);
    const std::uint64_t offset = reader.u64("offset");
    const std::uint64_t length = reader.u64("length");
    const std::uint64_t relative = reader.u64("relative offset");
    reader.bytes("private data", header.private_bytes);
    if (reader.failure()) return std::nullopt;
    if (is_set(flags, 2)) continue;
    if (!is_set(flags, 1)) return std::nullopt;
    InterruptedWrite write;
    write.header_offset_bytes = layout.working.offset_bytes + header.at;
    write.record_offset_bytes = layout.working.offset_bytes + record_at;
    // The relative offset is signed: target less spare area.
    write.target_offset_bytes = layout.spare.offset_bytes + relative;
    const std::uint64_t room =
        std::min(layout.variables_end_bytes - std::min(layout.variables_end_bytes, write.target_offset_bytes),
                 layout.spare.size_bytes);
    write.is_possible = length > 0 && length <= room && offset <= room - length;
    if (write.is_possible) {
      // Whole blocks are copied. In every layout the working area is one block.
      const std::uint64_t block_bytes = layout.working.size_bytes;
      const std::uint64_t blocks = (offset + length + block_bytes - 1) / block_bytes;
      write.size_bytes = std::min(room, blocks * block_bytes);
    }
    return write;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::uint8_t> empty_write_queue(const Layout& layout) {
  std::vector<std::uint8_t> area(layout.working.size_bytes, kErased);
  std::ranges::copy(kWorkingArea.bytes, area.begin());
  const std::uint32_t crc = header_crc(area.size());
  const std::uint64_t queue_bytes = area.size() - kQueueHeaderBytes;
  for (unsigned i = 0; i < 4; ++i) area[0x10 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
  area[0x14] = 0xfe;
  for (unsigned i = 0; i < 8; ++i) area[0x18 + i] = static_cast<std::uint8_t>(queue_bytes >> (8 * i));
  return area;
}

WriteQueue read_write_queue(Bytes volume, const Layout& layout) {
  const Bytes area = volume.subspan(layout.working.offset_bytes, layout.working.size_bytes);
  WriteQueue queue;
  queue.is_erased = octets::all_equal(area, kErased);
  const std::vector<std::uint8_t> wanted = empty_write_queue(layout);
  queue.is_valid = std::ranges::equal(area.first(kQueueHeaderBytes), Bytes(wanted).first(kQueueHeaderBytes));
  if (!queue.is_valid) return queue;
  if (const auto header = last_header(area)) queue.interrupted = interrupted_write(area, *header, layout);
  return queue;
}

}  // namespace nonvol::flash
