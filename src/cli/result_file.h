#pragma once

#include <string>
#include <string_view>

#include "cli/command.h"

// Results that go to a file of their own beside what is printed. Private to cli/.
namespace nonvol::cli {

// Writes a new file, or with --dry-run finds out whether it could; returns the line that says so. A file that
// holds these bytes already is left as it is. Errors: kAlreadyThere for one that holds others, and those of
// writing.
Result<std::string> write_result(const Invocation& invocation, const std::string& path,
                                 std::string_view text);

}  // namespace nonvol::cli
