#include "api/vars_edit.h"

#include <fmt/format.h>

#include <algorithm>

#include "forms/certdb.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

using variable::Variable;
using varstore::Change;

// The identity of a variable that is to be made.
Result<variable::Identity> new_identity(const WantedVariable& wanted) {
  const auto vendor = wanted.vendor ? wanted.vendor : variable::well_known_vendor(wanted.name);
  if (!vendor) {
    return Error(ErrorId::kVendorNeeded,
                 fmt::format("'{}' is a new variable, and no vendor is known for that name", wanted.name))
        .with_hint("nonvol help vars set");
  }
  auto identity = variable::make_identity(wanted.name, *vendor);
  if (!identity) {
    return Error(ErrorId::kBadValue,
                 fmt::format("'{}' is no name of a variable: it must be UTF-8, not empty and "
                             "without NUL",
                             wanted.name))
        .with_hint("nonvol help vars set");
  }
  return *std::move(identity);
}

// What the request makes of the store.
Result<std::vector<Change>> set_changes(const std::vector<Variable>& variables,
                                        const VariableSetRequest& request, const std::string& target) {
  const auto wanted = wanted_variable(request.name, request.guid);
  if (!wanted) return wanted.error();
  const auto found = find_variable(variables, *wanted, target);
  if (!found && found.error().id != ErrorId::kNoSuchVariable) return found.error();
  Change change;
  if (found) {
    change.variable = **found;
    if (!request.append) change.variable.data.clear();
  } else {
    auto identity = new_identity(*wanted);
    if (!identity) return identity.error();
    change.variable.identity = *std::move(identity);
    change.variable.attributes = variable::usual_attributes(change.variable.identity);
  }
  change.variable.data.insert(change.variable.data.end(), request.data.begin(), request.data.end());
  if (request.attributes) change.variable.attributes = *request.attributes;
  return std::vector<Change>{std::move(change)};
}

bool is_certdb(const Variable& variable) {
  return variable.identity.vendor == variable::vendor::kCertDb;
}

// Brings variables whose signers stand beside them into the form of the target: in flash they go into the
// target's own `certdb`, whose other entries stay. Says where that changes what they mean.
Result<std::vector<Finding>> adapt_digests(const varstore::Contents& target, forms::Form from,
                                           std::vector<Variable>& imported) {
  const forms::Form to = target.form_of_file();
  std::vector<Finding> findings = forms::digests_that_change_meaning(target.file_name, from, to, imported);
  const bool has_digest =
      std::ranges::any_of(imported, [](const Variable& each) { return !each.digest.empty(); });
  if (forms::keeps_digests(to) || !has_digest) return findings;
  const std::vector<Variable> own = target.variables();
  const auto certdb = std::ranges::find_if(own, is_certdb);
  std::erase_if(imported, is_certdb);
  if (certdb != own.end()) imported.push_back(*certdb);
  if (auto moved = forms::certdb_from_digests(target.file_name, imported); !moved) return moved.error();
  return findings;
}

Change removal_of(const Variable& variable) {
  Change change;
  change.kind = Change::Kind::kRemove;
  change.variable.identity = variable.identity;
  return change;
}

}  // namespace

Result<StoreEditReport> variable_set(const Context& context, const StoreEditRequest& request,
                                     const VariableSetRequest& wanted) {
  return edit_store(context, request, [&](const varstore::Contents& contents) {
    return set_changes(contents.variables(), wanted, request.target);
  });
}

Result<StoreEditReport> variables_delete(const Context& context, const StoreEditRequest& request,
                                         const std::vector<std::string>& names, const std::string& guid) {
  return edit_store(context, request, [&](const varstore::Contents& contents) -> Result<std::vector<Change>> {
    const std::vector<Variable> variables = contents.variables();
    std::vector<Change> changes;
    for (const std::string& name : names) {
      const auto wanted = wanted_variable(name, guid);
      if (!wanted) return wanted.error();
      const auto found = find_variable(variables, *wanted, request.target);
      if (!found) return found.error();
      changes.push_back(removal_of(**found));
    }
    return changes;
  });
}

Result<StoreEditReport> variables_import(const Context& context, const StoreEditRequest& request,
                                         const VariablesImportRequest& wanted) {
  const auto source = variables_list(context, wanted.source, false);
  if (!source) return source.error();
  // Each with its signer, so that those named take theirs along. An empty `certdb` goes along as it is.
  std::vector<Variable> all = source->variables;
  const auto certdb = std::ranges::find_if(all, is_certdb);
  const std::optional<Variable> whole_certdb = certdb != all.end() ? std::optional(*certdb) : std::nullopt;
  std::vector<Finding> notes;
  if (source->contents.is_flash()) notes = forms::digests_from_certdb(source->place.path, all);
  if (whole_certdb && std::ranges::none_of(all, is_certdb)) all.push_back(*whole_certdb);
  const auto asked = chosen_variables(all, wanted.names, wanted.source);
  if (!asked) return asked.error();
  const forms::Form from = source->contents.form_of_file();
  const auto make = [&](const varstore::Contents& contents) -> Result<std::vector<Change>> {
    std::vector<Variable> variables = *asked;
    if (forms::keeps_digests(contents.form_of_file())) std::erase_if(variables, is_certdb);
    auto adapted = adapt_digests(contents, from, variables);
    if (!adapted) return adapted.error();
    notes.insert(notes.end(), adapted->begin(), adapted->end());
    std::vector<Change> changes;
    if (wanted.replace) {
      for (const Variable& old : contents.variables()) {
        const bool is_there = std::ranges::find(all, old.identity, &Variable::identity) != all.end();
        if (!is_there && !is_certdb(old)) changes.push_back(removal_of(old));
      }
    }
    for (const Variable& variable : variables) changes.push_back({Change::Kind::kSet, variable});
    return changes;
  };
  auto report = edit_store(context, request, make);
  if (report) {
    const std::vector<Finding>& findings = source->contents.findings();
    report->findings.insert(report->findings.end(), findings.begin(), findings.end());
    report->findings.insert(report->findings.end(), notes.begin(), notes.end());
  }
  return report;
}

Result<StoreEditReport> store_compact(const Context& context, const StoreEditRequest& request) {
  return edit_store_by_plan(context, request, {.thorough = true},
                            [](const varstore::Contents& contents, varstore::OpenStore&) {
                              return varstore::plan_compaction(contents);
                            });
}

Result<UndoReport> store_undo(const Context& context, const StoreEditRequest& request) {
  auto place = find_store(context, request.target);
  if (!place) return place.error();
  auto store = varstore::open_store(context.files, place->medium(), request.dry_run);
  if (!store) return store.error();
  auto record = varstore::read_undo(context.files, store->path);
  if (!record) return record.error();
  std::vector<std::uint8_t> now(store->file->size_bytes());
  if (const auto got = store->file->read_at(0, now); !got) return got.error();
  auto before = varstore::undone(place->path, now, *record);
  if (!before) return before.error();

  UndoReport report;
  report.undone_command = record->command;
  report.undone_time = record->time;
  report.edit.place = *std::move(place);
  report.edit.command = request.command;
  report.edit.dry_run = request.dry_run;
  report.edit.plan = varstore::plan_replacement(now, *before, "undo");
  if (auto checked = varstore::check_replaceable(*store, report.edit.plan); !checked) return checked.error();
  if (request.dry_run) return report;
  auto done = varstore::commit(context.files, *store, report.edit.plan,
                               {.command = request.command, .time = context.now()});
  if (!done) return done.error();
  report.edit.done = *std::move(done);
  return report;
}

}  // namespace nonvol::api
