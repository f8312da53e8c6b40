#pragma once

#include <vector>

#include "api/store_edit.h"
#include "cli/command.h"

// The run functions of the commands that change variable stores, compare them or write them elsewhere.
// Private to cli/.
namespace nonvol::cli {

Result<Output> run_vars_set(const Invocation& invocation);
Result<Output> run_vars_delete(const Invocation& invocation);
Result<Output> run_vars_import(const Invocation& invocation);
Result<Output> run_vars_export(const Invocation& invocation);
Result<Output> run_vars_diff(const Invocation& invocation);
Result<Output> run_vars_compact(const Invocation& invocation);
Result<Output> run_vars_undo(const Invocation& invocation);

Result<Output> run_vars_check(const Invocation& invocation);
Result<Output> run_vars_repair(const Invocation& invocation);

// What every command that edits a store prints; `schema` such as "vars.set".
Output output_of(const api::StoreEditReport& report, std::string_view schema, bool json);
api::StoreEditRequest edit_request(const Invocation& invocation, std::string command);

// Entries of the command table.
std::vector<CommandSpec> vars_edit_commands();

extern const OptionSpec kCodeOption;
extern const OptionSpec kSmmOption;
extern const OptionSpec kHexOption;
extern const OptionSpec kTextOption;
extern const OptionSpec kUtf16Option;
extern const OptionSpec kInputOption;
extern const OptionSpec kAttributesOption;
extern const OptionSpec kAppendOption;
extern const OptionSpec kFormOption;
extern const OptionSpec kVariableOption;
extern const OptionSpec kReplaceOption;
extern const OptionSpec kExportOutputOption;

}  // namespace nonvol::cli
