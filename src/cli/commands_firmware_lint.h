#pragma once

#include <string>
#include <vector>

#include "api/firmware_lint.h"
#include "cli/command.h"

// `firmware lint`: its row of the command table, and its text. Private to cli/.
namespace nonvol::cli {

std::vector<CommandSpec> firmware_lint_commands();
std::string text_of(const api::FirmwareLintReport& report);

}  // namespace nonvol::cli
