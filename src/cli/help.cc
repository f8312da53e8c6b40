#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/text.h"

namespace nonvol::cli {

std::string option_form(const OptionSpec& option) {
  std::string result = option.letter == 0 ? std::string() : fmt::format("-{}, ", option.letter);
  result += option.name;
  if (!option.value.empty()) {
    // A value that may be left out and can be any word stands behind '=' only: see take_apart in parse.cc.
    result += option.implied.empty()   ? fmt::format(" {}", option.value)
              : option.choices.empty() ? fmt::format("[={}]", option.value)
                                       : fmt::format(" [{}]", option.value);
  }
  return result;
}

std::string page_name(const CommandSpec& command) {
  std::string result = "nonvol";
  if (!command.words.empty()) result += fmt::format("-{}", command.words);
  std::ranges::replace(result, ' ', '-');
  return result;
}

std::string synopsis(const CommandSpec& command) {
  std::string result = "nonvol";
  if (!command.words.empty()) result += fmt::format(" {}", command.words);
  for (const PositionalSpec& positional : command.positionals) {
    result +=
        positional.required ? fmt::format(" {}", positional.name) : fmt::format(" [{}]", positional.name);
  }
  return result + " [OPTIONS]";
}

std::string option_text(const OptionSpec& option) {
  std::string text(option.help);
  if (!option.choices.empty() && option.value.find('|') == std::string_view::npos) {
    text += fmt::format(" One of {}.", fmt::join(option.choices, ", "));
  }
  if (option.repeatable) text += " Can be repeated.";
  return text;
}

namespace {

std::string option_help(const OptionSpec& option) {
  return fmt::format("  {}\n{}", option_form(option), wrapped(option_text(option), 6));
}

}  // namespace

std::string help_for(const CommandSpec& command) {
  std::string result = fmt::format("{}\n\n{}", synopsis(command), wrapped(command.description, 0));
  for (const PositionalSpec& positional : command.positionals) {
    if (&positional == &command.positionals.front()) result += '\n';
    result += fmt::format("  {}\n{}", positional.name, wrapped(positional.help, 6));
  }
  if (!command.options.empty()) result += "\noptions\n";
  for (const OptionSpec* option : command.options) result += option_help(*option);
  result += "\noptions of every command\n";
  for (const OptionSpec& option : global_options()) result += option_help(option);
  if (!command.examples.empty()) result += "\nexamples\n";
  for (const std::string_view example : command.examples) result += fmt::format("  {}\n", example);
  return result;
}

std::string command_list() {
  std::vector<std::vector<std::string>> rows;
  for (const CommandSpec& command : commands()) {
    std::string words = "nonvol";
    if (!command.words.empty()) words += fmt::format(" {}", command.words);
    rows.push_back({"  " + words, std::string(command.summary)});
  }
  return "nonvol owns a virtual machine's non-volatile state: which firmware it boots and its UEFI "
         "variables.\n\n" +
         table(rows) +
         "\n'nonvol help COMMAND' or 'nonvol COMMAND --help' says more; --json gives every result as one "
         "document.\nexit codes: 0 done, 1 no or problems found, 2 usage, 3 no such thing, 4 refused for "
         "safety, 5 damaged\ninput, 6 surroundings failed, 7 some of several, 8 a defect of nonvol\n";
}

}  // namespace nonvol::cli
