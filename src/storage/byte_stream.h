#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "outcome/result.h"

// Input that has no size until its end is reached: what users name with '-', a number, or a pipe of the
// shell. Both functions stop when `limit_bytes` + 1 bytes are there, so that a longer input shows as such,
// and both wait for whoever writes. They leave no copy of the bytes behind but the result. One thread.
namespace nonvol::storage {

// From a descriptor that the process was started with. `name` stands in messages. Error: kInputOutput.
Result<std::vector<std::uint8_t>> read_descriptor(int descriptor, std::uint64_t limit_bytes,
                                                  const std::string& name);

// From a file, pipe or device. Errors: kFileMissing, kPermission, kInputOutput.
Result<std::vector<std::uint8_t>> read_input(const std::string& path, std::uint64_t limit_bytes);

}  // namespace nonvol::storage
