#pragma once

#include <vector>

#include "cli/command.h"

// What has to do with libvirt. Private to cli/.
namespace nonvol::cli {

// The options of `firmware select` that ask for libvirt's answer instead of nonvol's.
std::vector<const OptionSpec*> with_libvirt_options(std::vector<const OptionSpec*> options);
bool asks_libvirt(const Arguments& arguments);
Result<Output> run_firmware_select_libvirt(const Invocation& invocation);

std::vector<CommandSpec> libvirt_commands();

// Whose rules nonvol knows.
inline constexpr std::string_view kLibvirtReleases[] = {"9.0", "11.3"};

}  // namespace nonvol::cli
