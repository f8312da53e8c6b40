#include <fmt/format.h>

#include <algorithm>

#include "cli/help.h"
#include "cli/text.h"

namespace nonvol::cli {
namespace {

std::string_view meaning(ExitCode code) {
  switch (code) {
    case ExitCode::kDone:
      return "done, yes, clean";
    case ExitCode::kNo:
      return "asked and answered: no, or problems were found";
    case ExitCode::kUsage:
      return "the command line cannot be understood";
    case ExitCode::kNoSuchThing:
      return "no such guest, file or variable";
    case ExitCode::kRefused:
      return "refused for safety; nothing was changed";
    case ExitCode::kDamaged:
      return "damaged or unknown input";
    case ExitCode::kSurroundings:
      return "the machine failed: input/output, permission, missing library";
    case ExitCode::kSomeFailed:
      return "some of several failed";
    case ExitCode::kDefect:
      return "a defect of nonvol";
  }
  return "";
}

constexpr ExitCode kExitCodes[] = {ExitCode::kDone,         ExitCode::kNo,         ExitCode::kUsage,
                                   ExitCode::kNoSuchThing,  ExitCode::kRefused,    ExitCode::kDamaged,
                                   ExitCode::kSurroundings, ExitCode::kSomeFailed, ExitCode::kDefect};

// troff takes '-' for a hyphen and a leading '.' or '\'' for a request.
std::string troff(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  if (result.starts_with('.') || result.starts_with('\'')) result = "\\&" + result;
  return result;
}

std::string troff_paragraphs(std::string_view text) {
  std::string result;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (start != 0) result += ".PP\n";
    result += troff(text.substr(start, end - start)) + "\n";
    start = end + 1;
  }
  return result;
}

std::string man_option(const OptionSpec& option) {
  return fmt::format(".TP\n\\fB{}\\fR\n{}\n", troff(option_form(option)), troff(option_text(option)));
}

std::string markdown_option(const OptionSpec& option) {
  return fmt::format("- `{}`: {}\n", option_form(option), option_text(option));
}

}  // namespace

std::string errors_markdown() {
  std::string result =
      "# Error ids\n\nMade from `src/outcome/catalogue.cc`; `nonvol explain ID` shows an entry. An id is "
      "never given another meaning.\n\n## Exit codes\n\n| code | meaning |\n|---|---|\n";
  for (const ExitCode code : kExitCodes) {
    result += fmt::format("| {} | {} |\n", static_cast<int>(code), meaning(code));
  }
  for (const CatalogueEntry& entry : catalogue()) {
    result += fmt::format("\n## {}: {}\n\n{}\n\n{}\n\nExit code {}.\n", to_string(entry.id), entry.title,
                          entry.explanation, entry.remedy, static_cast<int>(entry.exit_code));
  }
  return result;
}

std::string command_markdown(const CommandSpec& command) {
  std::string title = command.words.empty() ? "nonvol" : fmt::format("nonvol {}", command.words);
  std::string result = fmt::format("# {}\n\n{}.\n\n    {}\n\n", title, command.summary, synopsis(command));
  std::string_view rest = command.description;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    result += fmt::format("{}\n\n", rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  for (const PositionalSpec& positional : command.positionals) {
    result += fmt::format("- `{}`: {}\n", positional.name, positional.help);
  }
  for (const OptionSpec* option : command.options) result += markdown_option(*option);
  for (const OptionSpec& option : global_options()) result += markdown_option(option);
  if (!command.examples.empty()) result += "\nExamples:\n\n";
  for (const std::string_view example : command.examples) result += fmt::format("    {}\n", example);
  return result;
}

std::string man_page(const CommandSpec& command) {
  const std::string page = page_name(command);
  std::string upper = page;
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  std::string result = fmt::format(".TH {} 1 \"{}\" \"nonvol {}\" \"nonvol manual\"\n", troff(upper),
                                   NONVOL_DATE, api::kVersion);
  result += fmt::format(".SH NAME\n{} \\- {}\n", troff(page), troff(command.summary));
  result += fmt::format(".SH SYNOPSIS\n\\fB{}\\fR\n", troff(synopsis(command)));
  result += ".SH DESCRIPTION\n" + troff_paragraphs(command.description);
  if (!command.positionals.empty() || !command.options.empty()) result += ".SH OPTIONS\n";
  for (const PositionalSpec& positional : command.positionals) {
    result += fmt::format(".TP\n\\fI{}\\fR\n{}\n", troff(positional.name), troff(positional.help));
  }
  for (const OptionSpec* option : command.options) result += man_option(*option);
  result += ".SH COMMON OPTIONS\n";
  for (const OptionSpec& option : global_options()) result += man_option(option);
  result += ".SH EXIT STATUS\n";
  for (const ExitCode code : kExitCodes) {
    result += fmt::format(".TP\n{}\n{}\n", static_cast<int>(code), troff(meaning(code)));
  }
  if (!command.examples.empty()) result += ".SH EXAMPLES\n.nf\n";
  for (const std::string_view example : command.examples) result += troff(example) + "\n";
  if (!command.examples.empty()) result += ".fi\n";
  result += ".SH SEE ALSO\n";
  std::string others;
  for (const CommandSpec& other : commands()) {
    if (&other == &command) continue;
    others += fmt::format("{}\\fB{}\\fR(1)", others.empty() ? "" : ",\n", troff(page_name(other)));
  }
  return result + others + "\n";
}

}  // namespace nonvol::cli
