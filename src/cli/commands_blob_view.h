#pragma once

#include "cli/command.h"

// Run functions and options of the commands that look into NVRAM images, carry their contents elsewhere, or
// serve them. Private to cli/.
namespace nonvol::cli {

Result<Output> run_blob_dump(const Invocation& invocation);
Result<Output> run_blob_map(const Invocation& invocation);
Result<Output> run_blob_export(const Invocation& invocation);
Result<Output> run_blob_import(const Invocation& invocation);
Result<Output> run_blob_serve(const Invocation& invocation);

extern const OptionSpec kSlotOption;
extern const OptionSpec kPayloadOption;
extern const OptionSpec kSvgOption;
extern const OptionSpec kFormatOption;
extern const OptionSpec kSocketOption;

// For the table of commands.
std::vector<CommandSpec> blob_view_commands();

}  // namespace nonvol::cli
