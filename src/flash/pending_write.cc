#include "flash/pending_write.h"

#include "octets/guid.h"

namespace nonvol::flash {
namespace {

using octets::Reader;

constexpr octets::Guid kWorkingArea = octets::guid_literal("9e58292b-7c68-497d-a0ce-6500fd9f1b95");
constexpr std::uint8_t kHealthy = 0xfe;
constexpr std::uint64_t kMaxRecords = 64;

// Flags are flash bits: 0 means set.
bool is_set(std::uint8_t flags, unsigned bit) {
  return (flags >> bit & 1u) == 0;
}

}  // namespace

std::optional<std::uint64_t> pending_write(octets::Bytes area) {
  Reader reader(area);
  const octets::Guid signature = reader.guid("signature");
  reader.u32("CRC");
  const std::uint8_t state = reader.u8("state");
  reader.bytes("reserved", 3);
  reader.u64("queue size");
  if (reader.failure() || signature != kWorkingArea || state != kHealthy) return std::nullopt;
  // Every round consumes 40 bytes or ends, so that the area bounds the walk.
  for (;;) {
    const std::uint8_t write_flags = reader.u8("write header flags");
    reader.bytes("write header, caller", 23);
    const std::uint64_t records = reader.u64("number of writes");
    const std::uint64_t private_bytes = reader.u64("private data size");
    const bool allocated = is_set(write_flags, 0) && is_set(write_flags, 1);
    const bool complete = is_set(write_flags, 2);
    if (reader.failure() || !allocated || records > kMaxRecords || private_bytes > area.size())
      return std::nullopt;
    for (std::uint64_t i = 0; i < records; ++i) {
      const std::uint64_t at = reader.position_bytes();
      const std::uint8_t flags = reader.u8("record flags");
      reader.bytes("record", 39 + private_bytes);
      if (reader.failure()) return std::nullopt;
      if (!complete && is_set(flags, 1) && !is_set(flags, 2)) return at;
    }
  }
}

}  // namespace nonvol::flash
