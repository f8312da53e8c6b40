#pragma once

#include <string>

#include "tpm_peers.h"

namespace nonvol::bench {

// Memory of emulators that idle after what firmware does with a TPM when it starts.
void compare_memory(const Programs& programs, const std::string& directory);
// From starting an emulator of a TPM that is there to its first answer.
void compare_starting(const Programs& programs, const std::string& directory, int rounds);
// Whole processes that make a new TPM.
void compare_making(const Programs& programs, const std::string& directory, int rounds);

}  // namespace nonvol::bench
