#pragma once

#include <optional>
#include <string_view>

#include "json/document.h"

namespace nonvol::firmware {

// Line and column of the value that a JSON Pointer (RFC 6901) names; nothing where the text is not JSON or
// has no such value.
std::optional<json::LineColumn> locate(std::string_view text, std::string_view pointer);

}  // namespace nonvol::firmware
