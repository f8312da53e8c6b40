#include "efi/device_path_text_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "octets/text.h"
#include "variable/variable.h"

namespace nonvol::efi {

using octets::Bytes;

namespace {

std::optional<std::vector<std::uint8_t>> parse_groups(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  if (text.empty()) return bytes;
  for (const std::string_view group : split(text, ':', 8)) {
    const auto number =
        group.empty() || group.size() > 4 ? std::nullopt : parse_number("0x" + std::string(group), 0xffff);
    if (!number) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(*number >> 8));
    bytes.push_back(static_cast<std::uint8_t>(*number));
  }
  return bytes;
}

// C0, DEL and C1 (C2 80 to C2 9F), which would speak to the terminal.
bool is_control(std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence[0]);
  return lead < 0x20 || lead == 0x7f ||
         (lead == 0xc2 && sequence.size() == 2 && static_cast<unsigned char>(sequence[1]) < 0xa0);
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t largest) {
  const bool is_hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (is_hexadecimal) text.remove_prefix(2);
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, is_hexadecimal ? 16 : 10);
  if (error != std::errc{} || end != text.data() + text.size() || number > largest) return std::nullopt;
  return number;
}

std::string print_eisa(std::uint32_t identifier) {
  std::string letters;
  for (const unsigned shift : {10u, 5u, 0u}) {
    const std::uint32_t letter = identifier >> shift & 0x1f;
    if (letter == 0 || letter > 26) return fmt::format("{:#010x}", identifier);
    letters += static_cast<char>('A' + letter - 1);
  }
  if ((identifier & 0x8000) != 0) return fmt::format("{:#010x}", identifier);
  return fmt::format("{}{:04x}", letters, identifier >> 16);
}

std::optional<std::uint64_t> parse_eisa(std::string_view text) {
  if (text.starts_with("0x")) return parse_number(text, 0xffffffff);
  if (text.size() != 7) return std::nullopt;
  std::uint32_t letters = 0;
  for (const char letter : text.substr(0, 3)) {
    if (letter < 'A' || letter > 'Z') return std::nullopt;
    letters = letters << 5 | static_cast<std::uint32_t>(letter - 'A' + 1);
  }
  const auto number = parse_number("0x" + std::string(text.substr(3)), 0xffff);
  if (!number) return std::nullopt;
  return *number << 16 | letters;
}

std::string print_ipv4(Bytes bytes) {
  return fmt::format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
}

std::string print_ipv6(Bytes bytes) {
  std::string text;
  for (std::size_t i = 0; i < 16; i += 2) {
    text += fmt::format("{}{:02x}{:02x}", i == 0 ? "" : ":", bytes[i], bytes[i + 1]);
  }
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator, std::size_t most) {
  std::vector<std::string_view> pieces;
  while (pieces.size() <= most) {
    const std::size_t end = text.find(separator);
    pieces.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return pieces;
}

std::optional<std::vector<std::uint8_t>> parse_ipv4(std::string_view text) {
  const std::vector<std::string_view> pieces = split(text, '.', 4);
  if (pieces.size() != 4) return std::nullopt;
  std::vector<std::uint8_t> bytes;
  for (const std::string_view piece : pieces) {
    const auto number = piece.starts_with("0x") ? std::nullopt : parse_number(piece, 0xff);
    if (!number) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(*number));
  }
  return bytes;
}

std::optional<std::vector<std::uint8_t>> parse_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  auto front = parse_groups(text.substr(0, gap));
  if (gap == std::string_view::npos) return front && front->size() == 16 ? front : std::nullopt;
  const auto back = parse_groups(text.substr(gap + 2));
  if (!front || !back || front->size() + back->size() > 14) return std::nullopt;
  front->resize(16 - back->size());
  front->insert(front->end(), back->begin(), back->end());
  return front;
}

std::optional<std::vector<std::uint8_t>> utf16_from_text(std::string_view text) {
  if (text.empty()) return std::vector<std::uint8_t>{};
  // The name of a variable is just such a text.
  auto identity = variable::make_identity(text, {});
  if (!identity) return std::nullopt;
  return std::move(identity->name_utf16);
}

std::optional<std::string> text_from_utf16(Bytes utf16) {
  octets::Utf8Text result = octets::utf8_from_utf16le(utf16);
  if (!result.lossless || shown(result.text, result.text.size()) != result.text) return std::nullopt;
  return std::move(result.text);
}

std::string shown(std::string_view text, std::size_t most_bytes) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = octets::utf8_sequence_bytes(text);
    const std::string_view sequence = text.substr(0, std::max<std::size_t>(length, 1));
    if (result.size() + sequence.size() > most_bytes) return result + "...";
    result += length == 0 || is_control(sequence) ? "\ufffd" : sequence;
    text.remove_prefix(sequence.size());
  }
  return result;
}

}  // namespace nonvol::efi
