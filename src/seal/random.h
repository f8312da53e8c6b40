#pragma once

#include <cstdint>
#include <span>

#include "outcome/result.h"

namespace nonvol::seal {

// Fills `into` with bytes that nobody can guess, from the kernel (getrandom(2)), without any library. Waits
// while a machine that has just started has none yet. Error: kInputOutput. Any number of threads.
Result<void> random_bytes(std::span<std::uint8_t> into);

}  // namespace nonvol::seal
