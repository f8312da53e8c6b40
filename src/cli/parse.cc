#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/command.h"

namespace nonvol::cli {
namespace {

Error usage(std::string message, const CommandSpec& command) {
  return Error(ErrorId::kBadCommandLine, std::move(message))
      .with_hint(fmt::format("nonvol {}{}--help", command.words, command.words.empty() ? "" : " "));
}

const OptionSpec* find_option(std::span<const OptionSpec> options, std::string_view word) {
  const auto found = std::ranges::find(options, word.substr(0, word.find('=')), &OptionSpec::name);
  return found == options.end() ? nullptr : &*found;
}

// The words that name the command, and the others in their order. Only global options may stand among them.
struct Split {
  const CommandSpec* command;
  std::vector<std::string> rest;
};

const CommandSpec* command_named(std::string_view words) {
  const auto found = std::ranges::find(commands(), words, &CommandSpec::words);
  return found == commands().end() ? nullptr : &*found;
}

Result<Split> split(const std::vector<std::string>& words) {
  std::vector<std::size_t>
      plain;  // positions of the first two words that are neither option nor option's value
  for (std::size_t i = 0; i < words.size() && plain.size() < 2; ++i) {
    if (words[i].starts_with("-")) {
      const OptionSpec* option = find_option(global_options(), words[i]);
      if (option == nullptr) break;
      if (!option->value.empty() && words[i].find('=') == std::string::npos) ++i;
    } else {
      plain.push_back(i);
    }
  }
  for (std::size_t count = plain.size() + 1; count-- > 0;) {
    std::string name;
    for (std::size_t i = 0; i < count; ++i) name += (i == 0 ? "" : " ") + words[plain[i]];
    const CommandSpec* command = command_named(name);
    if (command == nullptr || (count == 0 && !plain.empty())) continue;
    Split result{command, {}};
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (std::find(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(count), i) ==
          plain.begin() + static_cast<std::ptrdiff_t>(count)) {
        result.rest.push_back(words[i]);
      }
    }
    return result;
  }
  std::vector<std::string> verbs;
  for (const CommandSpec& command : commands()) {
    if (command.words.starts_with(words[plain[0]] + " ")) verbs.emplace_back(command.words);
  }
  Error error(ErrorId::kUnknownCommand,
              verbs.empty() ? fmt::format("there is no command '{}'", words[plain[0]])
                            : fmt::format("'{}' needs a verb: {}", words[plain[0]], fmt::join(verbs, ", ")));
  error.hint = "nonvol help";
  return error;
}

// CLI11 would let an option with an optional value swallow the word behind it; here only a value that is one
// of the choices belongs to the option.
std::vector<std::string> attach_implied_values(const CommandSpec& command,
                                               const std::vector<std::string>& words) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto option = std::ranges::find_if(command.options, [&](const OptionSpec* candidate) {
      return !candidate->implied.empty() && candidate->name == words[i];
    });
    if (option == command.options.end()) {
      result.push_back(words[i]);
      continue;
    }
    const bool value_follows = i + 1 < words.size() && std::ranges::find((*option)->choices, words[i + 1]) !=
                                                           (*option)->choices.end();
    result.push_back(
        fmt::format("{}={}", words[i], value_follows ? words[i + 1] : std::string((*option)->implied)));
    if (value_follows) ++i;
  }
  return result;
}

Result<void> check_values(const CommandSpec& command, const OptionSpec& option,
                          const std::vector<std::string>& values) {
  if (values.size() > 1 && !option.repeatable && !option.value.empty()) {
    return usage(fmt::format("{} is given {} times", option.name, values.size()), command);
  }
  for (const std::string& value : values) {
    if (option.choices.empty() || std::ranges::find(option.choices, value) != option.choices.end()) continue;
    return usage(
        fmt::format("{} is '{}', and must be one of {}", option.name, value, fmt::join(option.choices, ", ")),
        command);
  }
  return {};
}

Result<Arguments> parse_rest(const CommandSpec& command, const std::vector<std::string>& words) {
  std::vector<const OptionSpec*> options = command.options;
  for (const OptionSpec& option : global_options()) options.push_back(&option);

  CLI::App app;
  app.set_help_flag();
  std::vector<std::vector<std::string>> values(options.size());
  std::vector<CLI::Option*> handles;
  for (std::size_t i = 0; i < options.size(); ++i) {
    std::string names(options[i]->name);
    if (options[i]->letter != 0) names = fmt::format("-{},{}", options[i]->letter, names);
    handles.push_back(
        options[i]->value.empty()
            ? app.add_flag(names)
            : app.add_option(names, values[i])->expected(1)->take_all()->allow_extra_args(false));
  }
  std::vector<std::string> positionals;
  app.add_option("words", positionals);
  std::vector<std::string> reversed(words.rbegin(), words.rend());  // the order CLI11 wants
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& problem) {
    return usage(problem.what(), command);
  }

  Arguments result;
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (handles[i]->count() == 0) continue;
    if (options[i]->value.empty()) values[i] = {""};
    if (auto checked = check_values(command, *options[i], values[i]); !checked) return checked.error();
    for (std::string& value : values[i]) result.add(options[i]->name, std::move(value));
  }
  if (result.has("--help")) return result;
  for (std::string& word : positionals) result.add_word(std::move(word));
  for (std::size_t i = 0; i < command.positionals.size(); ++i) {
    if (command.positionals[i].required && result.words().size() <= i) {
      return usage(fmt::format("{} is missing", command.positionals[i].name), command);
    }
  }
  const bool takes_any_number = command.words == "help";
  if (!takes_any_number && result.words().size() > command.positionals.size()) {
    return usage(fmt::format("'{}' is one word too many", result.words()[command.positionals.size()]),
                 command);
  }
  return result;
}

}  // namespace

std::string Arguments::value(std::string_view option) const {
  const auto found = values_.find(option);
  return found == values_.end() ? std::string() : found->second.back();
}

std::vector<std::string> Arguments::all(std::string_view option) const {
  const auto found = values_.find(option);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

const std::string& Arguments::word(std::size_t index) const {
  static const std::string kNone;
  return index < words_.size() ? words_[index] : kNone;
}

Result<Parsed> parse(const std::vector<std::string>& words) {
  auto found = split(words);
  if (!found) return found.error();
  auto arguments = parse_rest(*found->command, attach_implied_values(*found->command, found->rest));
  if (!arguments) return arguments.error();
  return Parsed{found->command, *std::move(arguments)};
}

}  // namespace nonvol::cli
