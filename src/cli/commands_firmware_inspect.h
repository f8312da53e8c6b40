#pragma once

#include <string>

#include "api/firmware_inspect.h"
#include "cli/command.h"

// What a firmware file is made of, as a command. Private to cli/.
namespace nonvol::cli {

Result<Output> run_firmware_inspect(const Invocation& invocation);

// What is told of it, the file and what it unpacks to each to its own scale, and the tree of parts; at most
// `width` columns for the map. `all`: leaves of the tree too.
std::string text_of(const api::FirmwareInspectReport& report, std::size_t width, bool all);
// The maps as a document of its own (SVG 1.1).
std::string svg_of(const api::FirmwareInspectReport& report);
// A line for each volume, file and compressed section; for every part if `all`.
std::string tree_of(const flash::FirmwareImage& image, bool all);
// "volume DXEFV 7cb8bdc9-..., 12,582,912 bytes".
std::string words_for(const flash::ImagePart& part);

// Entries of the command table.
std::vector<CommandSpec> firmware_inspect_commands();

}  // namespace nonvol::cli
