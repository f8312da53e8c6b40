#pragma once

#include <vector>

#include "cli/command.h"

// The run functions of the tpm commands. Private to cli/.
namespace nonvol::cli {

Result<Output> run_tpm_run(const Invocation& invocation);

// Their entries of the command table.
std::vector<CommandSpec> tpm_commands();

// Options of these commands only.
extern const OptionSpec kStoreImageOption;
extern const OptionSpec kControlSocketOption;
extern const OptionSpec kDataSocketOption;
extern const OptionSpec kTpm2Option;
extern const OptionSpec kTpm12Option;
extern const OptionSpec kIncomingOption;
extern const OptionSpec kMigrationKeyOption;
extern const OptionSpec kStoreLimitOption;
extern const OptionSpec kTerminateOption;
extern const OptionSpec kStartupOption;
extern const OptionSpec kNoSandboxOption;

}  // namespace nonvol::cli
