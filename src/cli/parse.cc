#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

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
    const CommandSpec* command = find_command(name);
    // Each word of a command is a word of its own: "vars list" in quotes is none, and neither is an empty
    // one.
    const auto blanks = static_cast<std::size_t>(std::ranges::count(name, ' '));
    if (command == nullptr || name.empty() != plain.empty() || (count > 0 && blanks + 1 != count)) continue;
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

Result<void> check_values(const CommandSpec& command, const OptionSpec& option,
                          const std::vector<std::string>& values) {
  if (values.size() > 1 && !option.repeatable && !option.value.empty()) {
    return usage(fmt::format("{} is given {} times", option.name, values.size()), command);
  }
  for (const std::string& value : values) {
    if (value.empty() && !option.value.empty())
      return usage(fmt::format("{} is empty", option.name), command);
    if (option.choices.empty() || std::ranges::find(option.choices, value) != option.choices.end()) continue;
    return usage(
        fmt::format("{} is '{}', and must be one of {}", option.name, value, fmt::join(option.choices, ", ")),
        command);
  }
  return {};
}

// Options of the command, with those that every command takes.
std::vector<const OptionSpec*> options_of(const CommandSpec& command) {
  std::vector<const OptionSpec*> options = command.options;
  for (const OptionSpec& option : global_options()) options.push_back(&option);
  return options;
}

// What one word beginning with '-' says: --name, --name=value, -n, -nvalue, -n=value.
struct Named {
  const OptionSpec* option = nullptr;
  std::optional<std::string> value;
};

Named named_by(const std::string& word, std::span<const OptionSpec* const> options) {
  const std::size_t equals = word.find('=');
  for (const OptionSpec* option : options) {
    if (word.starts_with("--")) {
      if (std::string_view(word).substr(0, equals) != option->name) continue;
      return {option, equals == std::string::npos ? std::nullopt : std::optional(word.substr(equals + 1))};
    }
    if (option->letter == 0 || word[1] != option->letter) continue;
    return {option, word.size() == 2 ? std::nullopt : std::optional(word.substr(equals == 2 ? 3 : 2))};
  }
  return {};
}

// Whether the word behind an option is its value. One whose value may be left out must not swallow a word
// that is none of its choices.
bool takes(const OptionSpec& option, const std::string* next) {
  if (next == nullptr || option.implied.empty()) return next != nullptr;
  return std::ranges::find(option.choices, *next) != option.choices.end();
}

// Takes the words apart: options with their values, and the others.
Result<Arguments> take_apart(const CommandSpec& command, std::span<const OptionSpec* const> options,
                             const std::vector<std::string>& words) {
  Arguments result;
  bool options_ended = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (options_ended || word.size() < 2 || word[0] != '-') {
      result.add_word(word);
      continue;
    }
    if (word == "--") {
      options_ended = true;
      continue;
    }
    Named named = named_by(word, options);
    if (named.option == nullptr) {
      return usage(fmt::format("there is no option '{}'", word.substr(0, word.find('='))), command);
    }
    const bool is_flag = named.option->value.empty();
    if (is_flag && named.value) return usage(fmt::format("{} takes no value", named.option->name), command);
    if (!is_flag && !named.value) {
      const std::string* next = i + 1 < words.size() ? &words[i + 1] : nullptr;
      if (takes(*named.option, next)) {
        named.value = *next;
        ++i;
      } else if (!named.option->implied.empty()) {
        named.value = named.option->implied;
      } else {
        return usage(fmt::format("{} lacks its {}", named.option->name, named.option->value), command);
      }
    }
    result.add(named.option->name, named.value.value_or(""));
  }
  return result;
}

Result<Arguments> parse_rest(const CommandSpec& command, const std::vector<std::string>& words) {
  const std::vector<const OptionSpec*> options = options_of(command);
  Result<Arguments> taken = take_apart(command, options, words);
  if (!taken) return taken;
  Arguments result = *std::move(taken);
  for (const OptionSpec* option : options) {
    if (auto checked = check_values(command, *option, result.all(option->name)); !checked) {
      return checked.error();
    }
  }
  if (result.has("--help")) return result;
  for (std::size_t i = 0; i < command.positionals.size(); ++i) {
    if (command.positionals[i].required && result.words().size() <= i) {
      return usage(fmt::format("{} is missing", command.positionals[i].name), command);
    }
  }
  const bool takes_any_number = command.words == "help" || (!command.positionals.empty() &&
                                                            command.positionals.back().name.ends_with("..."));
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
  auto arguments = parse_rest(*found->command, found->rest);
  if (!arguments) return arguments.error();
  return Parsed{found->command, *std::move(arguments)};
}

}  // namespace nonvol::cli
