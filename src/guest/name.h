#pragma once

#include <string_view>

#include "outcome/result.h"

namespace nonvol::guest {

// Letters, digits, '-', '_' and '+', at most 64 bytes, beginning with a letter or digit: what can be a
// directory, part of a file name and a command-line word that is no path. Error: kBadGuestName.
Result<void> check_guest_name(std::string_view name);

}  // namespace nonvol::guest
