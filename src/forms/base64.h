#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "octets/reader.h"

// Base64 (RFC 4648, section 4) as text files carry it. Inside this folder only.
namespace nonvol::forms {

std::string to_base64(octets::Bytes bytes);
// Spaces and line breaks are passed over anywhere, since mail and terminals add them; otherwise strict:
// padded, unused bits zero. Nothing for other text.
std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text);

}  // namespace nonvol::forms
