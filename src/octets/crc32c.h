#pragma once

#include <cstdint>

#include "octets/reader.h"

namespace nonvol::octets {

// CRC-32C (Castagnoli; RFC 3720, 12.1 and B.4): reflected polynomial 0x82f63b78, begun with and finally xored
// with all ones. `before` is the sum of what comes before these bytes: crc32c(b, crc32c(a)) is that of a and
// b together, and that of nothing is 0. By the processor's own instruction where it has one, chosen when the
// first sum is made. No errors; any number of threads.
std::uint32_t crc32c(Bytes bytes, std::uint32_t before = 0);

namespace detail {

using Crc32c = std::uint32_t (*)(Bytes bytes, std::uint32_t before);

// By tables, on any processor.
std::uint32_t crc32c_by_tables(Bytes bytes, std::uint32_t before);

// By this processor's instruction; nullptr where it has none.
Crc32c crc32c_by_instruction();

}  // namespace detail
}  // namespace nonvol::octets
