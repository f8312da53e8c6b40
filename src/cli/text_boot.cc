#include "cli/text_boot.h"

#include <fmt/format.h>

#include "cli/text.h"
#include "cli/text_vars.h"
#include "efi/describe.h"

namespace nonvol::cli {
namespace {

std::vector<std::string> row_of(const api::ListedBootEntry& listed) {
  std::vector<std::string> row = {listed.position ? fmt::format("{:>3}", *listed.position) : "  -",
                                  fmt::format("{:04X}", listed.entry.number)};
  if (!listed.entry.option) {
    row.insert(row.end(), {"", "(damaged)"});
    return row;
  }
  const efi::LoadOption& option = *listed.entry.option;
  row.emplace_back(option.active() ? "*" : "");
  row.push_back(printable(option.description().text));
  row.push_back(listed.device_paths.empty() ? "" : printable(listed.device_paths.front()));
  return row;
}

std::string meaning_of(const variable::Variable& variable) {
  return printable(efi::describe(variable).summary);
}

}  // namespace

std::string text_of(const api::BootListReport& report) {
  std::string text;
  if (report.current) text += field("current", efi::option_name(report.kind, *report.current));
  if (report.next) text += field("next", efi::option_name(report.kind, *report.next));
  if (report.timeout_seconds == api::kWaitsForEver) {
    text += field("timeout", "waits for the user");
  } else if (report.timeout_seconds) {
    text += field("timeout", fmt::format("{} s", *report.timeout_seconds));
  }
  if (report.entries.empty()) return text + "no entries\n";
  std::vector<std::vector<std::string>> rows;
  for (const api::ListedBootEntry& listed : report.entries) rows.push_back(row_of(listed));
  return text + table(rows);
}

std::string text_of_boot_edit(const api::StoreEditReport& report) {
  std::string text;
  for (const api::VariableChange& change : report.changes) {
    const std::string name = printable(change.identity().name().text);
    if (!change.before) {
      text += fmt::format("  + {}: {}\n", name, meaning_of(*change.after));
    } else if (!change.after) {
      text += fmt::format("  - {}: {}\n", name, meaning_of(*change.before));
    } else {
      text += fmt::format("  ~ {}: {} -> {}\n", name, meaning_of(*change.before), meaning_of(*change.after));
    }
  }
  return text + way_text(report);
}

std::string text_of(const api::BootAddReport& report) {
  return text_of_boot_edit(report.edit);
}

}  // namespace nonvol::cli
