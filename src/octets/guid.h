#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nonvol::octets {

// A GUID as UEFI stores it (UEFI 2.10, appendix A): the first three groups are little-endian in memory, the
// text form is big-endian throughout. Always printed in lower case.
struct Guid {
  std::array<std::uint8_t, 16> bytes{};

  std::string text() const;  // "8be4df61-93ca-11d2-aa0d-00e098032b8c"
  friend auto operator<=>(const Guid&, const Guid&) = default;
};

// Accepts the 36-character form in either case; nothing else.
std::optional<Guid> parse_guid(std::string_view text);

// For constants: a malformed literal does not compile.
consteval Guid guid_literal(std::string_view text);

namespace detail {

inline constexpr int kTextPositions[16] = {6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34};

constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::optional<Guid> parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  for (const std::size_t dash : {8u, 13u, 18u, 23u}) {
    if (text[dash] != '-') return std::nullopt;
  }
  Guid guid;
  for (std::size_t i = 0; i < 16; ++i) {
    const auto position = static_cast<std::size_t>(kTextPositions[i]);
    const int high = hex_value(text[position]);
    const int low = hex_value(text[position + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    guid.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return guid;
}

}  // namespace detail

consteval Guid guid_literal(std::string_view text) {
  return detail::parse(text).value();
}

}  // namespace nonvol::octets
