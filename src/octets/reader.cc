#include "octets/reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace nonvol::octets {

Bytes Reader::bytes(std::string_view field, std::uint64_t size_bytes) {
  if (failure_) return {};
  if (size_bytes > left_bytes()) {
    failure_ = Failure{field, offset_bytes(), size_bytes, left_bytes()};
    return {};
  }
  const Bytes result = bytes_.subspan(position_, size_bytes);
  position_ += size_bytes;
  return result;
}

std::uint64_t Reader::little_endian(std::string_view field, unsigned size_bytes) {
  const Bytes raw = bytes(field, size_bytes);
  std::uint64_t value = 0;
  for (std::size_t i = raw.size(); i > 0; --i) value = value << 8 | raw[i - 1];
  return value;
}

std::uint64_t Reader::big_endian(std::string_view field, unsigned size_bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t octet : bytes(field, size_bytes)) value = value << 8 | octet;
  return value;
}

Guid Reader::guid(std::string_view field) {
  Guid result;
  const Bytes raw = bytes(field, result.bytes.size());
  std::ranges::copy(raw, result.bytes.begin());
  return result;
}

std::string describe(const Reader::Failure& failure) {
  return fmt::format("'{}' at offset {:#x} needs {} bytes, {} are left", failure.field, failure.offset_bytes,
                     failure.wanted_bytes, failure.left_bytes);
}

}  // namespace nonvol::octets
