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
  Range target;         // over what; of the same size; empty where that would not stay inside the volume
};

// Looks through the queue of a fault-tolerant-write working area for a pending write (edk2: InitFtwProtocol,
// FtwRestart, FtwWriteRecord). `area` is the start of the area of `layout`. nullopt where there is none and
// where the firmware would not trust the area.
std::optional<PendingWrite> pending_write(octets::Bytes area, const Layout& layout,
                                          std::uint64_t block_bytes);

// What the firmware does to the queue once the copy is done: the flags of the record and of its header.
std::vector<storage::Patch> completion_of(const PendingWrite& write);

}  // namespace nonvol::flash
