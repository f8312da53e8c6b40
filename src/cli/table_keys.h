#pragma once

#include <vector>

#include "cli/command.h"

namespace nonvol::cli {

// For the table of commands: Secure Boot's keys.
std::vector<CommandSpec> keys_commands();

}  // namespace nonvol::cli
