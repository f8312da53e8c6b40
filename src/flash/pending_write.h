#pragma once

#include <optional>

#include "flash/layout.h"
#include "octets/reader.h"

namespace nonvol::flash {

// How much of a working area is looked at: its queue seldom holds more than two writes.
inline constexpr std::uint64_t kWorkingAreaReadBytes = 4096;

// Looks through the queue of a fault-tolerant-write working area for a write that was prepared in the spare
// area but not completed: the firmware copies the spare over the store at its next start (edk2:
// InitFtwProtocol, FtwRestart). `area` is the start of the area; the answer is the offset of the pending
// record in it. An area that the firmware would not trust has no pending write.
std::optional<std::uint64_t> pending_write(octets::Bytes area);

}  // namespace nonvol::flash
