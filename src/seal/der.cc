#include "seal/der.h"

#include <algorithm>
#include <array>

namespace nonvol::seal {
namespace {

using octets::Bytes;

constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kBitString = 0x03;
constexpr std::uint8_t kOctetString = 0x04;
constexpr std::uint8_t kObjectIdentifier = 0x06;
constexpr std::uint8_t kUtf8String = 0x0c;
constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kSet = 0x31;

void append(Der& to, Bytes bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

// X.690, 8.1.3: one byte up to 127, else the number of bytes and then the bytes, as few as will do.
void append_length(Der& to, std::size_t length) {
  if (length < 0x80) {
    to.push_back(static_cast<std::uint8_t>(length));
    return;
  }
  unsigned size_bytes = 1;
  while (length >> 8 * size_bytes != 0) ++size_bytes;
  to.push_back(static_cast<std::uint8_t>(0x80 | size_bytes));
  for (unsigned i = size_bytes; i > 0; --i) to.push_back(static_cast<std::uint8_t>(length >> 8 * (i - 1)));
}

// X.690, 8.19.2: seven bits a byte, the highest bit says that more follow.
void append_arc(Der& to, std::uint32_t arc) {
  for (unsigned shift = 28; shift > 0; shift -= 7) {
    if (arc >> shift != 0) to.push_back(static_cast<std::uint8_t>(0x80 | (arc >> shift & 0x7f)));
  }
  to.push_back(static_cast<std::uint8_t>(arc & 0x7f));
}

}  // namespace

Der der_element(std::uint8_t tag, std::initializer_list<Bytes> content) {
  std::size_t size_bytes = 0;
  for (const Bytes part : content) size_bytes += part.size();
  Der result = {tag};
  append_length(result, size_bytes);
  for (const Bytes part : content) append(result, part);
  return result;
}

Der der_sequence(std::initializer_list<Bytes> parts) {
  return der_element(kSequence, parts);
}

Der der_set_of_one(Bytes member) {
  return der_element(kSet, {member});
}

Der der_oid(std::initializer_list<std::uint32_t> arcs) {
  Der content;
  std::uint32_t first = 0;
  std::size_t position = 0;
  for (const std::uint32_t arc : arcs) {
    // 8.19.4: the first two share one number.
    if (position == 0) first = arc;
    if (position == 1) append_arc(content, first * 40 + arc);
    if (position > 1) append_arc(content, arc);
    ++position;
  }
  return der_element(kObjectIdentifier, {content});
}

Der der_utf8(std::string_view text) {
  const Der bytes(text.begin(), text.end());
  return der_element(kUtf8String, {bytes});
}

Der der_octets(Bytes bytes) {
  return der_element(kOctetString, {bytes});
}

Der der_bits(Bytes bytes) {
  static constexpr std::uint8_t kUnusedBits[] = {0};
  return der_element(kBitString, {kUnusedBits, bytes});
}

Der der_integer(Bytes magnitude) {
  static constexpr std::uint8_t kZero[] = {0};
  const auto first = std::ranges::find_if(magnitude, [](std::uint8_t byte) { return byte != 0; });
  const Bytes shortest = magnitude.subspan(static_cast<std::size_t>(first - magnitude.begin()));
  // 8.3.2: the highest bit is the sign, and zero is one byte.
  const bool needs_zero = shortest.empty() || (shortest[0] & 0x80) != 0;
  return der_element(kInteger, {needs_zero ? Bytes(kZero) : Bytes(), shortest});
}

Der der_integer(std::uint32_t value) {
  std::array<std::uint8_t, 4> magnitude{};
  for (unsigned i = 0; i < 4; ++i) magnitude[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  return der_integer(magnitude);
}

}  // namespace nonvol::seal
