#pragma once

#include <string>

#include "outcome/error.h"

namespace nonvol::api {

// The document that stands in the place of a report where there is none: nonvol.error/1.
std::string to_json(const Error& error);

}  // namespace nonvol::api
