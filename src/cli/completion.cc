#include <fmt/format.h>

#include <algorithm>

#include "cli/help.h"
#include "cli/text.h"

namespace nonvol::cli {
namespace {

// What may stand where a positional word is asked for, as the completion functions name it.
std::string_view word_source(PositionalSpec::Kind kind) {
  switch (kind) {
    case PositionalSpec::Kind::kWord:
      return "none";
    case PositionalSpec::Kind::kGuest:
      return "guests";
    case PositionalSpec::Kind::kGuestOrFile:
      return "guests_and_files";
    case PositionalSpec::Kind::kFile:
      return "files";
    case PositionalSpec::Kind::kDescriptor:
      return "descriptors";
    case PositionalSpec::Kind::kCommand:
      return "commands";
    case PositionalSpec::Kind::kErrorId:
      return "error_ids";
  }
  return "none";
}

std::string option_names(const CommandSpec& command) {
  std::vector<std::string> names;
  for (const OptionSpec* option : command.options) names.emplace_back(option->name);
  for (const OptionSpec& option : global_options()) names.emplace_back(option.name);
  return joined(names, " ");
}

std::string command_words() {
  std::vector<std::string> words;
  for (const CommandSpec& command : commands()) {
    if (!command.words.empty()) words.push_back(fmt::format("'{}'", command.words));
  }
  return joined(words, " ");
}

std::string error_ids() {
  std::vector<std::string> ids;
  for (const CatalogueEntry& entry : catalogue()) ids.push_back(to_string(entry.id));
  return joined(ids, " ");
}

std::string values_of(const OptionSpec& option) {
  if (!option.choices.empty()) return fmt::format("{}", fmt::join(option.choices, " "));
  if (option.value == "DIR") return "@directories";
  if (option.value == "FILE") return "@files";
  return "@none";
}

// Each distinct option that takes a value, with what it takes. An option that is a flag elsewhere, as --nvram
// is of delete, is completed as if it took its value there too.
std::string value_branches() {
  std::string result;
  std::vector<std::string_view> seen;
  const auto add = [&](const OptionSpec& option) {
    if (option.value.empty() || std::ranges::find(seen, option.name) != seen.end()) return;
    seen.push_back(option.name);
    result += fmt::format("    {}) echo '{}' ;;\n", option.name, values_of(option));
  };
  for (const CommandSpec& command : commands()) {
    for (const OptionSpec* option : command.options) add(*option);
  }
  for (const OptionSpec& option : global_options()) add(option);
  return result;
}

// Functions that answer from the command table; both shells read them.
std::string table_functions() {
  std::string options;
  std::string words;
  for (const CommandSpec& command : commands()) {
    options += fmt::format("    '{}') echo '{}' ;;\n", command.words, option_names(command));
    if (command.positionals.empty()) continue;
    words +=
        fmt::format("    '{}') echo '{}' ;;\n", command.words, word_source(command.positionals.front().kind));
  }
  const auto function = [](std::string_view name, const std::string& branches) {
    return fmt::format("{}() {{\n  case \"$1\" in\n{}  esac\n}}\n\n", name, branches);
  };
  return fmt::format("_nonvol_commands=({})\n_nonvol_error_ids='{}'\n\n", command_words(), error_ids()) +
         function("_nonvol_options", options) + function("_nonvol_words", words) +
         function("_nonvol_values", value_branches());
}

// clang-format off

// What both shells share: the command that words begin, and the names of things. Guests are directories of the home that
// have a record.
constexpr std::string_view kNames = R"sh(# The longest run of leading plain words that is a command, or begins one.
_nonvol_command() {
  local command="" word name
  for word in "$@"; do
    case "$word" in -*) continue ;; esac
    for name in "${_nonvol_commands[@]}"; do
      if [[ "$name" == "${command:+$command }$word" || "$name" == "${command:+$command }$word "* ]]; then
        command="${command:+$command }$word"
        break
      fi
    done
  done
  echo "$command"
}

_nonvol_guests() {
  local home="$NONVOL_HOME" record
  if [ -z "$home" ]; then
    if [ "$(id -u)" = 0 ]; then home=/var/lib/nonvol; else home="${XDG_STATE_HOME:-$HOME/.local/state}/nonvol"; fi
  fi
  [ -d "$home" ] || return 0
  (cd "$home" && for record in *; do [ ! -e "$record/guest.json" ] || echo "$record"; done)
}

_nonvol_descriptors() {
  (cd /usr/share/qemu/firmware 2>/dev/null && for name in *; do echo "$name"; done)
}

)sh";

constexpr std::string_view kBash = R"sh(_nonvol_complete() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
  local command names name values
  COMPREPLY=()
  command="$(_nonvol_command "${COMP_WORDS[@]:1:COMP_CWORD-1}")"
  values="$(_nonvol_values "$previous")"
  case "$values" in
    @directories) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    @files) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    @none) return ;;
    ?*) mapfile -t COMPREPLY < <(compgen -W "$values" -- "$current"); return ;;
  esac
  if [[ "$current" == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_nonvol_options "$command")" -- "$current")
    return
  fi
  names=""
  for name in "${_nonvol_commands[@]}"; do
    case "$name" in
      "${command:+$command }"?*) name="${name#"${command:+$command }"}"; names="$names ${name%% *}" ;;
    esac
  done
  case "$(_nonvol_words "$command")" in
    guests) names="$names $(_nonvol_guests)" ;;
    guests_and_files)
      names="$names $(_nonvol_guests)"
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      ;;
    files) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    descriptors) names="$names $(_nonvol_descriptors)" ;;
    commands) names="$names ${_nonvol_commands[*]}" ;;
    error_ids) names="$names $_nonvol_error_ids" ;;
  esac
  mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$names" -- "$current" | sort -u)
}

complete -F _nonvol_complete nonvol
)sh";

constexpr std::string_view kZsh = R"sh(_nonvol() {
  local current="${words[CURRENT]}" previous="${words[CURRENT-1]}" command name values
  local -aU names
  command="$(_nonvol_command "${(@)words[2,CURRENT-1]}")"
  values="$(_nonvol_values "$previous")"
  case "$values" in
    @directories) _files -/; return ;;
    @files) _files; return ;;
    @none) return ;;
    ?*) compadd -- ${=values}; return ;;
  esac
  if [[ "$current" == -* ]]; then
    compadd -- ${=$(_nonvol_options "$command")}
    return
  fi
  for name in "${_nonvol_commands[@]}"; do
    case "$name" in
      "${command:+$command }"?*) name="${name#"${command:+$command }"}"; names+=("${name%% *}") ;;
    esac
  done
  case "$(_nonvol_words "$command")" in
    guests) names+=(${(f)"$(_nonvol_guests)"}) ;;
    guests_and_files) names+=(${(f)"$(_nonvol_guests)"}); _files ;;
    files) _files ;;
    descriptors) names+=(${(f)"$(_nonvol_descriptors)"}) ;;
    commands) names+=(${=_nonvol_commands}) ;;
    error_ids) names+=(${=_nonvol_error_ids}) ;;
  esac
  compadd -- $names
}

if [ "$funcstack[1]" = "_nonvol" ]; then _nonvol "$@"; else compdef _nonvol nonvol; fi
)sh";

// clang-format on

}  // namespace

std::string bash_completion() {
  return "# bash completion for nonvol; made from its command table.\n\n" + table_functions() +
         std::string(kNames) + std::string(kBash);
}

std::string zsh_completion() {
  return "#compdef nonvol\n# zsh completion for nonvol; made from its command table.\n\n" +
         table_functions() + std::string(kNames) + std::string(kZsh);
}

}  // namespace nonvol::cli
