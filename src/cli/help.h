#pragma once

#include <string>

#include "cli/command.h"

// Everything that is said about commands, made from their specifications. Private to cli/ and the build's
// document maker.
namespace nonvol::cli {

std::string synopsis(const CommandSpec& command);          // "nonvol vars get GUEST|FILE VARIABLE [OPTIONS]"
std::string help_for(const CommandSpec& command);          // for --help
std::string command_list();                                // for `nonvol help`
std::string option_form(const OptionSpec& option);         // "-o, --output FILE"
std::string option_text(const OptionSpec& option);         // its help, with what it accepts
std::string page_name(const CommandSpec& command);         // "nonvol-firmware-select"
std::string errors_markdown();                             // docs/errors.md
std::string command_markdown(const CommandSpec& command);  // docs/commands/…
std::string man_page(const CommandSpec& command);          // troff, section 1
std::string bash_completion();
std::string zsh_completion();

}  // namespace nonvol::cli
