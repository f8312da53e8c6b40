#include "api/vars_compare.h"

#include <algorithm>

#include "api/json_parts.h"
#include "api/variable_json.h"
#include "forms/certdb.h"
#include "forms/form_file.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

using variable::Variable;

}  // namespace

Result<VariablesDiffReport> variables_diff(const Context& context, const std::string& before,
                                           const std::string& after) {
  auto first = variables_list(context, before, false);
  if (!first) return first.error();
  auto second = variables_list(context, after, false);
  if (!second) return second.error();
  // Signers stand in `certdb` in flash, and beside each variable elsewhere: they are compared there.
  VariablesDiffReport report;
  const bool forms_differ = first->contents.is_flash() != second->contents.is_flash();
  for (auto* list : {&*first, &*second}) {
    if (!forms_differ || !list->contents.is_flash()) continue;
    for (Finding& finding : forms::digests_from_certdb(list->place.path, list->variables)) {
      report.findings.push_back(std::move(finding));
    }
  }
  for (const Variable& old : first->variables) {
    const auto found = std::ranges::find(second->variables, old.identity, &Variable::identity);
    if (found == second->variables.end()) {
      report.changes.push_back({old, std::nullopt});
    } else if (*found != old) {
      report.changes.push_back({old, *found});
    }
  }
  for (const Variable& variable : second->variables) {
    if (std::ranges::find(first->variables, variable.identity, &Variable::identity) ==
        first->variables.end()) {
      report.changes.push_back({std::nullopt, variable});
    }
  }
  for (const auto* list : {&*first, &*second}) {
    const std::vector<Finding>& findings = list->contents.findings();
    report.findings.insert(report.findings.end(), findings.begin(), findings.end());
  }
  report.before = std::move(first->place);
  report.after = std::move(second->place);
  return report;
}

Result<VariablesExportReport> variables_export(const Context& context, const std::string& target,
                                               forms::Form form, const std::vector<std::string>& names) {
  auto listed = variables_list(context, target, false);
  if (!listed) return listed.error();
  // Who signed a private authenticated variable stands in `certdb` here and beside the variable there.
  const forms::Form from = listed->contents.form_of_file();
  std::vector<Variable>& all = listed->variables;
  std::vector<Finding> moved;
  if (forms::keeps_digests(form) && !forms::keeps_digests(from)) {
    moved = forms::digests_from_certdb(listed->place.path, all);
  } else if (!forms::keeps_digests(form) && forms::keeps_digests(from)) {
    if (auto done = forms::certdb_from_digests(listed->place.path, all); !done) return done.error();
  }
  const auto variables = chosen_variables(all, names, target);
  if (!variables) return variables.error();
  VariablesExportReport report{listed->place, form, variables->size(), {}, listed->contents.findings()};
  const auto changed = forms::digests_that_change_meaning(report.place.path, from, form, *variables);
  report.findings.insert(report.findings.end(), moved.begin(), moved.end());
  report.findings.insert(report.findings.end(), changed.begin(), changed.end());
  auto bytes = forms::write_form(form, *variables);
  if (!bytes) return bytes.error();
  report.bytes = *std::move(bytes);
  return report;
}

std::string to_json(const VariablesDiffReport& report) {
  json::Writer writer = begin_document("vars.diff");
  writer.key("before").begin_object();
  write_place_of(writer, report.before);
  writer.end_object().key("after").begin_object();
  write_place_of(writer, report.after);
  writer.end_object().member("equal", report.changes.empty());
  write_changes(writer, report.changes);
  write_findings(writer, report.findings);
  return writer.end_object().take();
}

std::string to_json(const VariablesExportReport& report) {
  json::Writer writer = begin_document("vars.export");
  write_place_of(writer, report.place);
  writer.member("form", forms::name_of(report.form)).member("variables", std::uint64_t{report.variables});
  writer.member("size_bytes", std::uint64_t{report.bytes.size()});
  write_findings(writer, report.findings);
  return writer.end_object().take();
}

}  // namespace nonvol::api
