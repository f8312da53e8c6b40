#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <exception>

#include "api/errors.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/text.h"
#include "octets/text.h"
#include "storage/posix.h"

namespace nonvol::cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// --home, NONVOL_HOME, /var/lib/nonvol for root, the XDG state folder for everybody else.
std::string home_directory(const Arguments& arguments) {
  if (arguments.has("--home")) return storage::absolute_path(arguments.value("--home"));
  if (const std::string home = environment("NONVOL_HOME"); !home.empty()) return storage::absolute_path(home);
  if (::geteuid() == 0) return "/var/lib/nonvol";
  const std::string state = environment("XDG_STATE_HOME");
  if (state.starts_with('/')) return state + "/nonvol";
  const std::string home = environment("HOME");
  return home.starts_with('/') ? home + "/.local/state/nonvol" : std::string();
}

std::string now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

Output failed(const Error& error, bool json) {
  return {error.exit_code(), json ? api::to_json(error) : std::string(), text_of(error)};
}

Result<Output> help_document(const Invocation& invocation, const CommandSpec& command) {
  Arguments words;
  if (!command.words.empty()) words.add_word(std::string(command.words));
  return run_help({invocation.context, words, true});
}

Output carry_out(const Parsed& parsed) {
  const Arguments& arguments = parsed.arguments;
  const bool json = arguments.has("--json");
  if (arguments.has("--help") && !json) return {ExitCode::kDone, help_for(*parsed.command), {}};
  const auto files = storage::posix_file_system();
  const api::Context context{*files, home_directory(arguments), arguments.value("--root"),
                             arguments.all("--search-dir"), now};
  Result<Output> output = arguments.has("--help") ? help_document({context, arguments, json}, *parsed.command)
                                                  : parsed.command->run({context, arguments, json});
  return output ? *std::move(output) : failed(output.error(), json);
}

}  // namespace

Output run(const std::vector<std::string>& words) {
  // Asked for JSON, even what cannot be parsed is answered in JSON.
  const bool json = std::ranges::find(words, "--json") != words.end();
  try {
    // What everybody tries first.
    std::vector<std::string> plain = words;
    std::erase(plain, "--json");
    for (const auto& [form, command] :
         {std::pair("--version", "version"), {"--help", "help"}, {"-h", "help"}}) {
      if (plain.size() != 1 || plain[0] != form) continue;
      return json ? run({command, "--json"}) : run({command});
    }
    if (json && !std::ranges::all_of(words, octets::is_utf8)) {
      return failed(Error(ErrorId::kNotRepresentable,
                          "a word of the command line is not UTF-8, and JSON cannot hold it"),
                    true);
    }
    const Result<Parsed> parsed = parse(words);
    return parsed ? carry_out(*parsed) : failed(parsed.error(), json);
  } catch (const std::exception& problem) {
    return failed(Error(ErrorId::kImpossible, problem.what()), json);
  }
}

}  // namespace nonvol::cli
