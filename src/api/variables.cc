#include "api/variables.h"

#include <fmt/format.h>

#include <algorithm>

#include "guest/home.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

// "BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c" is how Linux names variables in efivarfs.
WantedVariable split_name(const std::string& text) {
  constexpr std::size_t kGuidLength = 36;
  if (text.size() > kGuidLength + 1 && text[text.size() - kGuidLength - 1] == '-') {
    const auto vendor = octets::parse_guid(std::string_view(text).substr(text.size() - kGuidLength));
    if (vendor) return {text.substr(0, text.size() - kGuidLength - 1), vendor};
  }
  return {text, std::nullopt};
}

Error ambiguous(const std::string& store, const std::string& name,
                const std::vector<const variable::Variable*>& matches) {
  Error error(ErrorId::kAmbiguousVariable,
              fmt::format("{} vendors have a variable named '{}'", matches.size(), name));
  error.place = Place::in_file(store);
  for (const variable::Variable* variable : matches) error.notes.push_back(variable->identity.vendor.text());
  error.hint = fmt::format("nonvol vars get {} {} --guid {}", octets::shell_path(store),
                           octets::shell_word(name), matches.front()->identity.vendor.text());
  return error;
}

// In a damaged store a variable can be there and yet out of reach.
Error with_damage(Error absent, const varstore::Contents& contents, const std::string& guest_or_path) {
  const auto damage = std::ranges::find(contents.findings(), Severity::kError, &Finding::severity);
  if (damage == contents.findings().end()) return absent;
  return Error(damage->id, damage->message)
      .at(damage->place)
      .with_note(absent.message + " in what could be read")
      .with_hint(fmt::format("nonvol vars list {} --raw", octets::shell_path(guest_or_path)));
}

}  // namespace

Error no_variables_kept(const guest::Record& record) {
  const bool is_flash = record.device == descriptor::Device::kFlash;
  return Error(ErrorId::kNoVariablesKept,
               fmt::format(
                   "guest {} keeps no variables, which its {} firmware has no store for: what it sets is "
                   "gone at power-off",
                   record.name, is_flash ? to_string(record.mode) : to_string(record.device)))
      .with_hint("nonvol show " + record.name);
}

bool is_guest_word(std::string_view word) {
  return word.find_first_of("/.:") == std::string_view::npos;
}

Result<StorePlace> find_store(const Context& context, const std::string& guest_or_path) {
  StorePlace place;
  place.path = guest_or_path;
  if (storage::is_uri(guest_or_path)) return place;
  if (is_guest_word(guest_or_path)) {
    auto home = open_home(context);
    if (!home) return home.error();
    auto record = home->load(guest_or_path);
    if (!record) return record.error();
    place.guest = guest_or_path;
    if (!record->nvram) return no_variables_kept(*record);
    if (auto checked = home->check_master(*record); !checked) return checked.error();
    place.path = home->nvram_path(*record);
    place.master = home->master_path(*record);
  }
  auto in_use = context.files.image_in_use(place.path);
  if (!in_use) return in_use.error();
  place.in_use = *in_use;
  return place;
}

Result<VariablesListReport> variables_list(const Context& context, const std::string& guest_or_path,
                                           bool raw) {
  auto place = find_store(context, guest_or_path);
  if (!place) return place.error();
  auto contents =
      varstore::read_contents_of(context.files, place->medium(), {.thorough = raw, .as_stored = raw});
  if (!contents) return contents.error();
  VariablesListReport report{*std::move(place), raw, *std::move(contents), {}, {}};
  if (report.contents.is_flash()) report.live = flash::live_variables(*report.contents.flash);
  report.variables = report.contents.variables();
  return report;
}

Result<WantedVariable> wanted_variable(const std::string& name, const std::string& guid) {
  if (guid.empty()) return split_name(name);
  const auto vendor = octets::parse_guid(guid);
  if (!vendor) {
    return Error(ErrorId::kBadCommandLine, fmt::format("--guid is '{}', and must be a GUID", guid))
        .with_hint("nonvol help vars get");
  }
  return WantedVariable{name, vendor};
}

Result<const variable::Variable*> find_variable(const std::vector<variable::Variable>& variables,
                                                const WantedVariable& wanted,
                                                const std::string& guest_or_path) {
  std::vector<const variable::Variable*> matches;
  for (const variable::Variable& variable : variables) {
    const bool vendor_fits = !wanted.vendor || variable.identity.vendor == *wanted.vendor;
    if (vendor_fits && variable.identity.name().text == wanted.name) matches.push_back(&variable);
  }
  if (matches.size() > 1) return ambiguous(guest_or_path, wanted.name, matches);
  if (!matches.empty()) return matches.front();
  return Error(ErrorId::kNoSuchVariable, fmt::format("no live variable is named '{}'", wanted.name))
      .at(Place::in_file(guest_or_path))
      .with_hint("nonvol vars list " + octets::shell_path(guest_or_path));
}

Result<std::vector<variable::Variable>> chosen_variables(const std::vector<variable::Variable>& variables,
                                                         const std::vector<std::string>& names,
                                                         const std::string& guest_or_path) {
  if (names.empty()) return variables;
  std::vector<variable::Variable> result;
  for (const std::string& name : names) {
    const auto found = find_variable(variables, split_name(name), guest_or_path);
    if (!found) return found.error();
    result.push_back(**found);
  }
  return result;
}

Result<VariableGetReport> variable_get(const Context& context, const std::string& guest_or_path,
                                       const std::string& name, const std::string& guid) {
  const auto wanted = wanted_variable(name, guid);
  if (!wanted) return wanted.error();
  auto listed = variables_list(context, guest_or_path, false);
  if (!listed) return listed.error();
  const auto found = find_variable(listed->variables, *wanted, guest_or_path);
  if (!found && found.error().id == ErrorId::kNoSuchVariable) {
    return with_damage(found.error(), listed->contents, guest_or_path);
  }
  if (!found) return found.error();
  VariableGetReport report;
  report.place = std::move(listed->place);
  report.variable = **found;
  report.description = efi::describe_in_full(report.variable);
  report.findings = listed->contents.findings();
  if (listed->contents.is_flash()) {
    report.record = *listed->live[static_cast<std::size_t>(*found - listed->variables.data())];
  }
  return report;
}

}  // namespace nonvol::api
