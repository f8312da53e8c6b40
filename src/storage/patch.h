#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace nonvol::storage {

// Bytes that are to stand at an offset, computed before anything is written, so that a dry run shows what a
// commit does. `reason` is a literal.
struct Patch {
  std::uint64_t offset_bytes = 0;
  std::vector<std::uint8_t> bytes;
  std::string_view reason;
};

}  // namespace nonvol::storage
