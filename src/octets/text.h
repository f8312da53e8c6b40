#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "octets/reader.h"

namespace nonvol::octets {

struct Utf8Text {
  std::string text;
  bool lossless = true;  // false: an unpaired surrogate or a stray byte was replaced by U+FFFD
};

// UTF-16LE without a terminator. An odd last byte counts as loss.
Utf8Text utf8_from_utf16le(Bytes utf16);

// True for text that JSON and terminals take as it is (RFC 3629: no overlong forms, no surrogates).
bool is_utf8(std::string_view text);

// Length of the well-formed UTF-8 sequence at the front of a non-empty text (RFC 3629, section 4); 0 if
// malformed.
std::size_t utf8_sequence_bytes(std::string_view text);

// Lower case, no separators.
std::string to_hex(Bytes bytes);
std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text);

// The form of `hexdump -C` without the final length line; offsets start at `base_bytes`.
std::string hexdump(Bytes bytes, std::uint64_t base_bytes = 0);

// 16-bit sum of little-endian words, as firmware volume headers use it (PI 1.8, volume 3, 3.2.1). A trailing
// odd byte counts as the low half of a word.
std::uint16_t sum16(Bytes bytes);

// Whether all bytes equal `value`; true for an empty span.
bool all_equal(Bytes bytes, std::uint8_t value);

// The text as one word of a POSIX shell: as it is where nothing in it is special, else in single quotes.
std::string shell_word(std::string_view text);
// The same of a path that a command is given: one that looks like an option gets "./" in front.
std::string shell_path(std::string_view path);

// "540,672": decimal with thousands separators, for people.
std::string with_commas(std::uint64_t number);

}  // namespace nonvol::octets
