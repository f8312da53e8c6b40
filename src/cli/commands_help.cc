#include <fmt/format.h>

#include <algorithm>

#include "api/json_parts.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/text.h"

namespace nonvol::cli {
namespace {

void write_entry(json::Writer& writer, const CatalogueEntry& entry) {
  writer.begin_object().member("id", to_string(entry.id)).member("title", entry.title);
  writer.member("explanation", entry.explanation).member("remedy", entry.remedy);
  writer.member("exit_code", static_cast<std::uint64_t>(entry.exit_code)).end_object();
}

}  // namespace

Result<Output> run_explain(const Invocation& invocation) {
  const std::string& id = invocation.arguments.word(0);
  const CatalogueEntry* wanted = find_catalogue_entry(id);
  if (!id.empty() && wanted == nullptr) {
    return Error(ErrorId::kUnknownErrorId, fmt::format("'{}' is not an error id of nonvol", id))
        .with_hint("nonvol explain");
  }
  const std::span<const CatalogueEntry> entries =
      wanted == nullptr ? catalogue() : std::span<const CatalogueEntry>(wanted, 1);
  if (invocation.json) {
    json::Writer writer = api::begin_document("explain");
    writer.key("entries").begin_array();
    for (const CatalogueEntry& entry : entries) write_entry(writer, entry);
    return Output{ExitCode::kDone, writer.end_array().end_object().take(), {}};
  }
  std::string text;
  if (wanted == nullptr) {
    for (const CatalogueEntry& entry : entries)
      text += fmt::format("{}  {}\n", to_string(entry.id), entry.title);
  } else {
    text = fmt::format("{}: {}\n\n{}\n{}\nexit code {}\n", to_string(wanted->id), wanted->title,
                       wrapped(wanted->explanation, 0), wrapped(wanted->remedy, 0),
                       static_cast<int>(wanted->exit_code));
  }
  return Output{ExitCode::kDone, std::move(text), {}};
}

Result<Output> run_help(const Invocation& invocation) {
  const std::string words = joined(invocation.arguments.words(), " ");
  const CommandSpec* command = words.empty() ? nullptr : find_command(words);
  if (!words.empty() && command == nullptr) {
    return Error(ErrorId::kUnknownCommand, fmt::format("there is no command '{}'", words))
        .with_hint("nonvol help");
  }
  if (!invocation.json) return Output{ExitCode::kDone, command ? help_for(*command) : command_list(), {}};
  json::Writer writer = api::begin_document("help");
  writer.key("commands").begin_array();
  for (const CommandSpec& candidate : commands()) {
    if (command != nullptr && command != &candidate) continue;
    writer.begin_object().member("command", candidate.words).member("summary", candidate.summary);
    writer.member("synopsis", synopsis(candidate)).key("options").begin_array();
    for (const OptionSpec* option : candidate.options) {
      writer.begin_object().member("name", option->name).member("value", option->value);
      writer.member("help", option->help).strings("choices", option->choices).end_object();
    }
    writer.end_array().end_object();
  }
  return Output{ExitCode::kDone, writer.end_array().end_object().take(), {}};
}

Result<Output> run_version(const Invocation& invocation) {
  if (!invocation.json) return Output{ExitCode::kDone, fmt::format("nonvol {}\n", api::kVersion), {}};
  json::Writer writer = api::begin_document("version");
  writer.member("nonvol_version", api::kVersion);
  return Output{ExitCode::kDone, writer.end_object().take(), {}};
}

}  // namespace nonvol::cli
