#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "json/document.h"
#include "outcome/result.h"
#include "qmp/nvram.h"

// The commands of the control socket, with the arguments they take.
namespace nonvol::qmp {

struct ArgumentSpec {
  std::string_view name;
  json::Kind kind;  // kTrue stands for both truth values
  bool required = true;
};

// What went wrong, as QMP says it: {"class": …, "desc": …}.
struct Complaint {
  std::string_view error_class = "GenericError";
  std::string text;
};
using Answer = std::expected<std::string, Complaint>;  // the JSON of "return", on one line

struct Command {
  std::string_view name;
  std::span<const ArgumentSpec> arguments;
  // `arguments` has been checked against the specification; nothing where the client gave none.
  Answer (*run)(Nvram& nvram, std::optional<json::Value> arguments);
};

// All but qmp_capabilities and quit, which are the session's own: "query-version" and so on.
std::span<const Command> commands();
const Command* find_command(std::string_view name);
// Nothing is wrong: an empty text.
std::string argument_problem(std::span<const ArgumentSpec> specs, std::optional<json::Value> arguments);

// {"qemu": {"micro", "minor", "major"}, "package"}: the shape that QMP clients expect, with nonvol's numbers.
std::string version_json();

inline constexpr std::string_view kCapabilitiesCommand = "qmp_capabilities";
inline constexpr std::string_view kQuitCommand = "quit";

}  // namespace nonvol::qmp
