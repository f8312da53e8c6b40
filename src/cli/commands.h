#pragma once

#include "cli/command.h"

// The run functions of the command table, one file for each noun. Private to cli/.
namespace nonvol::cli {

Result<Output> run_status(const Invocation& invocation);
Result<Output> run_firmware_list(const Invocation& invocation);
Result<Output> run_firmware_show(const Invocation& invocation);
Result<Output> run_firmware_select(const Invocation& invocation);
Result<Output> run_firmware_explain(const Invocation& invocation);
Result<Output> run_create(const Invocation& invocation);
Result<Output> run_show(const Invocation& invocation);
Result<Output> run_delete(const Invocation& invocation);
Result<Output> run_vars_list(const Invocation& invocation);
Result<Output> run_vars_get(const Invocation& invocation);
Result<Output> run_emit_qemu(const Invocation& invocation);
Result<Output> run_explain(const Invocation& invocation);
Result<Output> run_help(const Invocation& invocation);
Result<Output> run_version(const Invocation& invocation);

// `where_errors` if one of the findings is an error: what that means is the command's to say.
ExitCode code_for(const std::vector<Finding>& findings, ExitCode where_errors);

// A file of the user's own: never written over, and private, because variables and blobs can be secrets.
Result<void> write_new_file(storage::FileSystem& files, const std::string& path, octets::Bytes bytes);

// Options that only one command has, beside its run function.
extern const OptionSpec kNvramFileOption;
extern const OptionSpec kDeleteNvramOption;
extern const OptionSpec kKeepNvramOption;
extern const OptionSpec kRawOption;
extern const OptionSpec kLongOption;
extern const OptionSpec kGuidOption;
extern const OptionSpec kOutputOption;
extern const OptionSpec kShellOption;

}  // namespace nonvol::cli
