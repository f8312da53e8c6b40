#pragma once

#include <optional>
#include <vector>

#include "flash/layout.h"
#include "octets/reader.h"
#include "storage/patch.h"

namespace nonvol::flash {

// How much of a working area is looked at: its queue seldom holds more than two writes.
inline constexpr std::uint64_t kWorkingAreaReadBytes = 4096;

// A fault-tolerant write that was prepared in the spare area but not completed: the firmware copies whole
// blocks of the spare area over the target at its next start. All offsets are from the start of the file.
struct PendingWrite {
  std::uint64_t header_offset_bytes = 0;  // its write header in the queue; byte 0 holds the flags
  std::uint64_t record_offset_bytes = 0;  // likewise its record
  std::uint8_t header_flags = 0;
  std::uint8_t record_flags = 0;
  bool is_last = true;  // of the records of its header
  Range spare;          // what is copied
  Range target;         // over what; of the same size
  // The target lies before the working area and the copy within the spare area; the firmware does not copy
  // otherwise, or destroys its own queue. Both ranges are empty then.
  bool is_possible() const { return target.size_bytes > 0; }
};

// The queue of a working area as edk2 reads it at its start (FtwMisc.c: InitFtwProtocol,
// FtwGetLastWriteHeader, FtwGetLastWriteRecord).
struct WriteQueue {
  bool is_valid = false;   // its header is byte for byte what the firmware would write itself
  bool is_erased = false;  // nothing but 0xff: never used, or wiped
  std::optional<PendingWrite> interrupted;
};
// `area` is the working area of `layout`, or its first bytes: kWorkingAreaReadBytes are enough for the queue.
WriteQueue read_write_queue(octets::Bytes area, const Layout& layout);
// The working area of a whole volume.
octets::Bytes working_area_of(octets::Bytes volume, const Layout& layout);

// What the firmware does to the queue once the copy is done: the flags of the record and of its header.
std::vector<storage::Patch> completion_of(const PendingWrite& write);

}  // namespace nonvol::flash
