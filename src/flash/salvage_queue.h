#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "flash/layout.h"
#include "octets/reader.h"

namespace nonvol::flash {

// An interrupted write that the firmware takes up again: `size_bytes` from the start of the spare area belong
// at `target_offset_bytes`.
struct InterruptedWrite {
  std::uint64_t header_offset_bytes = 0;  // in the volume
  std::uint64_t record_offset_bytes = 0;  // likewise
  std::uint64_t target_offset_bytes = 0;
  std::uint64_t size_bytes = 0;
  // The target lies before the working area and the copy within the spare area; the firmware does not copy
  // otherwise, or destroys its own queue.
  bool is_possible = false;
};

// The queue of the fault-tolerant-write working area as edk2 reads it at its start (FtwMisc.c:
// InitFtwProtocol, FtwGetLastWriteHeader, FtwGetLastWriteRecord).
struct WriteQueue {
  bool is_valid = false;   // the header is byte for byte what the firmware would write itself
  bool is_erased = false;  // nothing but 0xff: never used, or wiped
  std::optional<InterruptedWrite> interrupted;
};
WriteQueue read_write_queue(octets::Bytes volume, const Layout& layout);

// A working area without a write in it, as the firmware makes it.
std::vector<std::uint8_t> empty_write_queue(const Layout& layout);

}  // namespace nonvol::flash
