#include "octets/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace nonvol::octets {
namespace {

void append_utf8(std::string& out, char32_t code_point) {
  const auto byte = [&](char32_t value) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(value)));
  };
  if (code_point < 0x80) {
    byte(code_point);
  } else if (code_point < 0x800) {
    byte(0xc0 | code_point >> 6);
    byte(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    byte(0xe0 | code_point >> 12);
    byte(0x80 | (code_point >> 6 & 0x3f));
    byte(0x80 | (code_point & 0x3f));
  } else {
    byte(0xf0 | code_point >> 18);
    byte(0x80 | (code_point >> 12 & 0x3f));
    byte(0x80 | (code_point >> 6 & 0x3f));
    byte(0x80 | (code_point & 0x3f));
  }
}

bool is_high_surrogate(char32_t unit) {
  return unit >= 0xd800 && unit < 0xdc00;
}
bool is_low_surrogate(char32_t unit) {
  return unit >= 0xdc00 && unit < 0xe000;
}

}  // namespace

Utf8Text utf8_from_utf16le(Bytes utf16) {
  Utf8Text result;
  const auto unit_at = [&](std::size_t i) -> char32_t {
    return static_cast<char32_t>(utf16[i] | utf16[i + 1] << 8);
  };
  std::size_t i = 0;
  for (; i + 1 < utf16.size(); i += 2) {
    const char32_t unit = unit_at(i);
    if (is_high_surrogate(unit) && i + 3 < utf16.size() && is_low_surrogate(unit_at(i + 2))) {
      append_utf8(result.text, 0x10000 + ((unit - 0xd800) << 10) + (unit_at(i + 2) - 0xdc00));
      i += 2;
    } else if (is_high_surrogate(unit) || is_low_surrogate(unit)) {
      append_utf8(result.text, 0xfffd);
      result.lossless = false;
    } else {
      append_utf8(result.text, unit);
    }
  }
  if (i < utf16.size()) result.lossless = false;
  return result;
}

std::size_t utf8_sequence_bytes(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xc2 && lead <= 0xdf   ? 2
                             : (lead & 0xf0) == 0xe0        ? 3
                             : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                            : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
  }
  if (lead == 0xe0 && at(1) < 0xa0) return 0;  // overlong
  if (lead == 0xed && at(1) > 0x9f) return 0;  // surrogates
  if (lead == 0xf0 && at(1) < 0x90) return 0;  // overlong
  if (lead == 0xf4 && at(1) > 0x8f) return 0;  // beyond U+10FFFF
  return length;
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const std::size_t length = utf8_sequence_bytes(text.substr(at));
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string to_hex(Bytes bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string result(bytes.size() * 2, '\0');
  char* out = result.data();
  for (const std::uint8_t byte : bytes) {
    *out++ = kDigits[byte >> 4];
    *out++ = kDigits[byte & 0xf];
  }
  return result;
}

std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::vector<std::uint8_t> result;
  result.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = detail::hex_value(text[i]);
    const int low = detail::hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    result.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return result;
}

std::string hexdump(Bytes bytes, std::uint64_t base_bytes) {
  std::string result;
  for (std::size_t start = 0; start < bytes.size(); start += 16) {
    const Bytes row = bytes.subspan(start, std::min<std::size_t>(16, bytes.size() - start));
    result += fmt::format("{:08x} ", base_bytes + start);
    for (std::size_t i = 0; i < 16; ++i) {
      if (i == 8) result += ' ';
      result += i < row.size() ? fmt::format(" {:02x}", row[i]) : std::string("   ");
    }
    result += "  |";
    for (const std::uint8_t byte : row) result += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
    result += "|\n";
  }
  return result;
}

std::uint16_t sum16(Bytes bytes) {
  unsigned sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    sum += bytes[i];
    if (i + 1 < bytes.size()) sum += static_cast<unsigned>(bytes[i + 1]) << 8;
  }
  return static_cast<std::uint16_t>(sum);
}

bool all_equal(Bytes bytes, std::uint8_t value) {
  // Comparing the span with itself shifted by one lets memcmp do the work.
  if (bytes.empty()) return true;
  return bytes[0] == value && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=,./:@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

std::string shell_path(std::string_view path) {
  return shell_word(path.starts_with('-') ? "./" + std::string(path) : std::string(path));
}

std::string with_commas(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

}  // namespace nonvol::octets
