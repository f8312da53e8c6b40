#pragma once

#include <vector>

#include "cli/command.h"

// The commands on boot entries. Private to cli/.
namespace nonvol::cli {

Result<Output> run_boot_list(const Invocation& invocation);
Result<Output> run_boot_order(const Invocation& invocation);
Result<Output> run_boot_next(const Invocation& invocation);
Result<Output> run_boot_timeout(const Invocation& invocation);
Result<Output> run_boot_add(const Invocation& invocation);
Result<Output> run_boot_delete(const Invocation& invocation);

// Entries of the command table.
std::vector<CommandSpec> boot_commands();

extern const OptionSpec kBootKindOption;
extern const OptionSpec kKeepOthersOption;
extern const OptionSpec kClearOption;
extern const OptionSpec kDescriptionOption;
extern const OptionSpec kDevicePathOption;
extern const OptionSpec kBootFileOption;
extern const OptionSpec kPartitionGuidOption;
extern const OptionSpec kPartitionOption;
extern const OptionSpec kOptionalDataOption;
extern const OptionSpec kFirstOption;
extern const OptionSpec kLastOption;
extern const OptionSpec kNoOrderOption;
extern const OptionSpec kInactiveOption;

}  // namespace nonvol::cli
