#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/context.h"
#include "outcome/result.h"

namespace nonvol::cli {

// One option of a command. Help, man pages, completion and parsing are all made from these.
struct OptionSpec {
  std::string_view name;                        // "--arch"
  std::string_view value;                       // "ARCH"; empty for a flag
  std::string_view help;                        // one or two sentences
  std::span<const std::string_view> choices{};  // completion offers them, and nothing else is accepted
  std::string_view implied{};                   // the value when the option stands without one
  bool repeatable = false;
  char letter = 0;  // 'o' for -o
};

struct PositionalSpec {
  std::string_view name;  // "GUEST"
  std::string_view help;
  bool required = true;
  enum class Kind { kWord, kGuest, kGuestOrFile, kFile, kDescriptor, kCommand, kErrorId } kind = Kind::kWord;
};

// What the user wrote, after parsing.
class Arguments {
 public:
  bool has(std::string_view option) const { return values_.find(option) != values_.end(); }
  // The last value given, or "".
  std::string value(std::string_view option) const;
  std::vector<std::string> all(std::string_view option) const;
  // Positional words in order; "" where an optional one is absent.
  const std::string& word(std::size_t index) const;
  const std::vector<std::string>& words() const { return words_; }

  void add(std::string_view option, std::string value) {
    values_[std::string(option)].push_back(std::move(value));
  }
  void add_word(std::string word) { words_.push_back(std::move(word)); }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> words_;
};

// What a command leaves behind: results for stdout, talk for stderr, and the exit code.
struct Output {
  ExitCode code = ExitCode::kDone;
  std::string out;
  std::string err;
};

struct Invocation {
  const api::Context& context;
  const Arguments& arguments;
  bool json;
};

struct CommandSpec {
  std::string_view words;    // "firmware select"; empty for `nonvol` alone
  std::string_view summary;  // one line, no full stop
  std::string_view description;
  std::span<const PositionalSpec> positionals;
  std::vector<const OptionSpec*> options;
  std::vector<std::string_view> examples;
  Result<Output> (*run)(const Invocation& invocation);
};

// Every command, in the order in which help lists them.
const std::vector<CommandSpec>& commands();
// The one with exactly these words; nullptr if there is none.
const CommandSpec* find_command(std::string_view words);
// Options that every command takes: --json, --home, --root, --search-dir, --help.
std::span<const OptionSpec> global_options();

// Finds the command that the leading words name and parses the rest. Global options may stand before the
// words.
struct Parsed {
  const CommandSpec* command = nullptr;
  Arguments arguments;
};
Result<Parsed> parse(const std::vector<std::string>& words);

// The whole program but for main(): never throws, never exits.
Output run(const std::vector<std::string>& words);

}  // namespace nonvol::cli
