#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "octets/guid.h"
#include "outcome/result.h"

namespace nonvol::octets {

using Bytes = std::span<const std::uint8_t>;

// Reads fields in order, little-endian unless the name says otherwise. Every read names its field; the first read that runs off the end is
// remembered with its name and absolute offset, and it and all later reads return zero, so that a header is
// read field by field and checked once with `failure()`. Nothing read may be used before that check. Copies
// nothing, owns nothing: the bytes must outlive the reader. One thread.
class Reader {
 public:
  // `base_bytes` is the absolute offset of bytes[0] in its file; it only appears in messages.
  explicit Reader(Bytes bytes, std::uint64_t base_bytes = 0) : bytes_(bytes), base_bytes_(base_bytes) {}

  std::uint8_t u8(std::string_view field) { return static_cast<std::uint8_t>(little_endian(field, 1)); }
  std::uint16_t u16(std::string_view field) { return static_cast<std::uint16_t>(little_endian(field, 2)); }
  std::uint32_t u32(std::string_view field) { return static_cast<std::uint32_t>(little_endian(field, 4)); }
  std::uint64_t u64(std::string_view field) { return little_endian(field, 8); }
  std::uint16_t big_u16(std::string_view field) { return static_cast<std::uint16_t>(big_endian(field, 2)); }
  std::uint32_t big_u32(std::string_view field) { return static_cast<std::uint32_t>(big_endian(field, 4)); }
  std::uint64_t big_u64(std::string_view field) { return big_endian(field, 8); }
  Guid guid(std::string_view field);
  // Empty when fewer than `size_bytes` are left.
  Bytes bytes(std::string_view field, std::uint64_t size_bytes);

  std::uint64_t position_bytes() const { return position_; }              // relative to the span
  std::uint64_t offset_bytes() const { return base_bytes_ + position_; }  // absolute
  std::uint64_t left_bytes() const { return bytes_.size() - position_; }

  struct Failure {
    std::string_view field;
    std::uint64_t offset_bytes;
    std::uint64_t wanted_bytes;
    std::uint64_t left_bytes;
  };
  const std::optional<Failure>& failure() const { return failure_; }

 private:
  std::uint64_t little_endian(std::string_view field, unsigned size_bytes);
  std::uint64_t big_endian(std::string_view field, unsigned size_bytes);

  Bytes bytes_;
  std::uint64_t base_bytes_;
  std::uint64_t position_ = 0;
  std::optional<Failure> failure_;
};

// "'FvLength' at offset 0x20 needs 8 bytes, 3 are left".
std::string describe(const Reader::Failure& failure);

}  // namespace nonvol::octets
