#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "octets/reader.h"

// Base64 (RFC 4648, section 4).
namespace nonvol::octets {

std::string to_base64(Bytes bytes);
// Strict: padded, no line breaks, unused bits zero. Nothing for other text.
std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text);

}  // namespace nonvol::octets
