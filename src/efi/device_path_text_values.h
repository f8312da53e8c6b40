#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "octets/reader.h"

namespace nonvol::efi {

// Values that stand in the text of device paths.

// Decimal, or hexadecimal after 0x.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t largest);

// Compressed identifiers (ACPI 6.5, 6.1.5): "PNP0a03"; as a number where there are no three letters.
std::string print_eisa(std::uint32_t identifier);
std::optional<std::uint64_t> parse_eisa(std::string_view text);

// From 4 and from 16 bytes.
std::string print_ipv4(octets::Bytes bytes);
std::string print_ipv6(octets::Bytes bytes);
std::optional<std::vector<std::uint8_t>> parse_ipv4(std::string_view text);
// All eight groups, or "::" once for those that are zero (RFC 4291, 2.2).
std::optional<std::vector<std::uint8_t>> parse_ipv6(std::string_view text);

// The pieces between separators; more than `most` of them are not looked for.
std::vector<std::string_view> split(std::string_view text, char separator, std::size_t most);

// Text as UTF-16LE; nullopt where it is not UTF-8 or holds a NUL.
std::optional<std::vector<std::uint8_t>> utf16_from_text(std::string_view text);
// UTF-16LE as text; nullopt where it holds control characters or would not come back the same.
std::optional<std::string> text_from_utf16(octets::Bytes utf16);

// Text for messages and terminals: what is not well-formed or would speak to the terminal is replaced, and
// what is longer than `most_bytes` is cut.
std::string shown(std::string_view text, std::size_t most_bytes);

}  // namespace nonvol::efi
