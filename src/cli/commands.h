#pragma once

#include <functional>
#include <string>

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
Result<Output> run_upgrade(const Invocation& invocation);
Result<Output> run_vars_list(const Invocation& invocation);
Result<Output> run_vars_get(const Invocation& invocation);
Result<Output> run_emit_qemu(const Invocation& invocation);
Result<Output> run_explain(const Invocation& invocation);
Result<Output> run_help(const Invocation& invocation);
Result<Output> run_version(const Invocation& invocation);

// `where_errors` if one of the findings is an error: what that means is the command's to say.
ExitCode code_for(const std::vector<Finding>& findings, ExitCode where_errors);

// A map for people, for programs and as a picture.
struct MapForms {
  std::function<std::string()> text;
  std::function<std::string()> json;
  std::function<std::string()> svg;
};
// What a map command prints, or writes with --svg; `output` has the code and the findings already.
Result<Output> map_output(const Invocation& invocation, Output output, const MapForms& forms);

// Options that only one command has, beside its run function.
extern const OptionSpec kNvramFileOption;
extern const OptionSpec kForStoreOption;
extern const OptionSpec kWellKnownOption;
extern const OptionSpec kDeleteNvramOption;
extern const OptionSpec kKeepNvramOption;
extern const OptionSpec kRawOption;
extern const OptionSpec kLongOption;
extern const OptionSpec kGuidOption;
extern const OptionSpec kOutputOption;
extern const OptionSpec kShellOption;
extern const OptionSpec kStoreKindOption;
extern const OptionSpec kTpmOption;
extern const OptionSpec kTpmSocketOption;
extern const OptionSpec kLoseGuestTpmOption;
extern const OptionSpec kUpgradeToOption;

}  // namespace nonvol::cli
