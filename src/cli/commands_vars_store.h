#pragma once

#include "cli/command.h"

// Commands about a variable store as a whole: making another one of it, and looking at what it is made of.
// Private to cli/.
namespace nonvol::cli {

Result<Output> run_vars_convert(const Invocation& invocation);
Result<Output> run_vars_map(const Invocation& invocation);
Result<Output> run_vars_history(const Invocation& invocation);

extern const OptionSpec kToOption;
extern const OptionSpec kPlainOption;
extern const OptionSpec kReplaceOutputOption;

// Entries of the command table.
std::vector<CommandSpec> vars_store_commands();

}  // namespace nonvol::cli
