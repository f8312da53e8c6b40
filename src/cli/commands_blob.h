#pragma once

#include <vector>

#include "cli/command.h"

// The run functions of the blob commands. Private to cli/.
namespace nonvol::cli {

Result<Output> run_blob_measure(const Invocation& invocation);
Result<Output> run_blob_format(const Invocation& invocation);
Result<Output> run_blob_list(const Invocation& invocation);
Result<Output> run_blob_get(const Invocation& invocation);
Result<Output> run_blob_put(const Invocation& invocation);
Result<Output> run_blob_delete(const Invocation& invocation);
Result<Output> run_blob_add(const Invocation& invocation);
Result<Output> run_blob_check(const Invocation& invocation);
Result<Output> run_blob_rekey(const Invocation& invocation);
Result<Output> run_blob_resize(const Invocation& invocation);

// Their entries of the command table.
std::vector<CommandSpec> blob_commands();

// Options of these commands only.
extern const OptionSpec kEntryOption;
extern const OptionSpec kReserveOption;
extern const OptionSpec kImageSizeOption;
extern const OptionSpec kSeedLayoutOption;
extern const OptionSpec kIntegrityOption;
extern const OptionSpec kUuidOption;
extern const OptionSpec kLoseContentsOption;
extern const OptionSpec kDropOption;
extern const OptionSpec kNewDataKeyOption;
extern const OptionSpec kBlobInputOption;
extern const OptionSpec kBlobOutputOption;
extern const OptionSpec kFillOption;
extern const OptionSpec kLoseDamagedOption;
extern const OptionSpec kExpectGenerationOption;
extern const OptionSpec kExpectGenerationsOption;
extern const OptionSpec kScrubOption;
extern const OptionSpec kNewKeyFileOption;
extern const OptionSpec kNewKeyFdOption;

}  // namespace nonvol::cli
