#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace nonvol::vnvram {

// Memory to read into. Unlike a vector it is not filled with zeros first, which would cost as much as
// reading.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t size_bytes)
      : bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(size_bytes)), size_bytes_(size_bytes) {}

  bool empty() const { return size_bytes_ == 0; }
  std::span<std::uint8_t> bytes() { return {bytes_.get(), size_bytes_}; }
  std::span<const std::uint8_t> bytes() const { return {bytes_.get(), size_bytes_}; }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_bytes_ = 0;
};

}  // namespace nonvol::vnvram
