#include "forms/base64.h"

#include <algorithm>

namespace nonvol::forms {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

}  // namespace

std::string to_base64(octets::Bytes bytes) {
  std::string result;
  result.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t held = 0;
  unsigned held_bits = 0;
  for (const std::uint8_t byte : bytes) {
    held = (held << 8 | byte) & 0xffff;
    for (held_bits += 8; held_bits >= 6; held_bits -= 6) result += kAlphabet[held >> (held_bits - 6) & 0x3f];
  }
  if (held_bits != 0) result += kAlphabet[held << (6 - held_bits) & 0x3f];
  result.resize((result.size() + 3) / 4 * 4, '=');
  return result;
}

std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text) {
  std::vector<std::uint8_t> result;
  result.reserve(text.size() / 4 * 3);
  std::uint32_t held = 0;
  unsigned held_bits = 0;
  std::size_t digits = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const int value = value_of(c);
    if (value < 0 || padding != 0) return std::nullopt;
    ++digits;
    held = (held << 6 | static_cast<std::uint32_t>(value)) & 0xffff;
    held_bits += 6;
    if (held_bits < 8) continue;
    held_bits -= 8;
    result.push_back(static_cast<std::uint8_t>(held >> held_bits));
  }
  // One digit alone is no byte, so that what is missing to four is at most two.
  if ((digits + padding) % 4 != 0 || padding > 2) return std::nullopt;
  if ((held & ((1u << held_bits) - 1)) != 0) return std::nullopt;
  return result;
}

}  // namespace nonvol::forms
