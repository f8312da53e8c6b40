#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "octets/reader.h"

namespace nonvol::octets {

// Writes fields in order, little-endian unless the name says otherwise. One thread.
class Writer {
 public:
  Writer& u8(std::uint8_t value) { return little_endian(value, 1); }
  Writer& u16(std::uint16_t value) { return little_endian(value, 2); }
  Writer& u32(std::uint32_t value) { return little_endian(value, 4); }
  Writer& u64(std::uint64_t value) { return little_endian(value, 8); }
  Writer& big_u16(std::uint16_t value) { return big_endian(value, 2); }
  Writer& big_u32(std::uint32_t value) { return big_endian(value, 4); }
  Writer& big_u64(std::uint64_t value) { return big_endian(value, 8); }
  Writer& bytes(Bytes more) {
    written_.insert(written_.end(), more.begin(), more.end());
    return *this;
  }

  std::size_t size_bytes() const { return written_.size(); }
  Bytes view() const { return written_; }
  std::vector<std::uint8_t> take() { return std::move(written_); }

 private:
  Writer& little_endian(std::uint64_t value, unsigned size_bytes) {
    for (unsigned i = 0; i < size_bytes; ++i) written_.push_back(static_cast<std::uint8_t>(value >> 8 * i));
    return *this;
  }
  Writer& big_endian(std::uint64_t value, unsigned size_bytes) {
    for (unsigned i = size_bytes; i > 0; --i) {
      written_.push_back(static_cast<std::uint8_t>(value >> 8 * (i - 1)));
    }
    return *this;
  }

  std::vector<std::uint8_t> written_;
};

}  // namespace nonvol::octets
