#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace nonvol::crash {

// What nvram_hammer writes as a generation of an entry; sizes vary from one byte to the capacity.
inline std::vector<std::uint8_t> hammered(std::string_view name, std::uint64_t generation,
                                          std::uint64_t capacity_bytes) {
  std::uint64_t random = generation * 0x9e3779b97f4a7c15 + static_cast<unsigned char>(name.back());
  std::vector<std::uint8_t> bytes(1 + random % capacity_bytes);
  for (std::uint8_t& octet : bytes) {
    random = random * 6364136223846793005 + 1442695040888963407;
    octet = static_cast<std::uint8_t>(random >> 56);
  }
  return bytes;
}

}  // namespace nonvol::crash
