#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// The numbers of docs/formats/nvram-image.md.
namespace nonvol::vnvram {

inline constexpr std::string_view kImageHeader = "qemu-nvram";
inline constexpr std::string_view kDirectoryName = ".directory";
inline constexpr std::uint64_t kPageBytes = 4096;
inline constexpr std::uint64_t kSectorBytes = 512;  // what a medium may spoil when the power fails
inline constexpr std::uint64_t kSlotHeaderBytes = 64;
inline constexpr std::uint64_t kMaxCapacityBytes = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kMaxImageBytes = std::uint64_t{1} << 40;
inline constexpr std::uint64_t kMaxDirectoryBytes = std::uint64_t{1} << 20;
inline constexpr std::size_t kMaxEntries = 1024;  // besides the directory
inline constexpr std::size_t kMaxElements = 4096;
inline constexpr std::size_t kMaxNameBytes = 255;
inline constexpr std::size_t kUuidBytes = 16;

constexpr std::uint64_t round_up_to_page(std::uint64_t bytes) {
  return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
}

constexpr std::uint64_t round_up_to_sector(std::uint64_t bytes) {
  return (bytes + kSectorBytes - 1) / kSectorBytes * kSectorBytes;
}

// What one slot of an atomic entry takes in the image.
constexpr std::uint64_t slot_bytes(std::uint64_t capacity_bytes) {
  return round_up_to_page(kSlotHeaderBytes + capacity_bytes);
}

}  // namespace nonvol::vnvram
