#include "api/store_edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "octets/text.h"
#include "storage/memory.h"

namespace nonvol::api {
namespace {

using varstore::Change;
using varstore::ChangePlan;
using Way = varstore::ChangePlan::Way;

const variable::Variable* find(const std::vector<variable::Variable>& variables,
                               const variable::Identity& identity) {
  const auto found = std::ranges::find(variables, identity, &variable::Variable::identity);
  return found == variables.end() ? nullptr : &*found;
}

std::vector<VariableChange> differences(const std::vector<variable::Variable>& before,
                                        const std::vector<Change>& changes) {
  std::vector<VariableChange> result;
  for (const Change& change : changes) {
    VariableChange difference;
    if (const variable::Variable* old = find(before, change.variable.identity)) difference.before = *old;
    if (change.kind == Change::Kind::kSet) difference.after = change.variable;
    if (difference.before != difference.after) result.push_back(std::move(difference));
  }
  return result;
}

// What the firmware measures into PCR 7 (TCG PC Client Platform Firmware Profile 1.06, 3.3.4.8; edk2:
// MeasureVariable of DxeTpm2MeasureBootLib): the contents, not their time stamps.
bool is_measured(const variable::Identity& identity) {
  if (identity.vendor == variable::vendor::kImageSecurityDatabase ||
      identity.vendor == variable::vendor::kSecureBootEnable) {
    return true;
  }
  const std::string name = identity.name().text;
  return identity.vendor == variable::vendor::kGlobal && (name == "PK" || name == "KEK");
}

void note_measured_boot(StoreEditReport& report) {
  std::string names;
  for (const VariableChange& change : report.changes) {
    const bool same_value = change.before && change.after && change.before->data == change.after->data;
    if (!is_measured(change.identity()) || same_value) continue;
    names += (names.empty() ? "" : ", ") + change.identity().name().text;
  }
  if (names.empty()) return;
  report.findings.push_back(
      {Severity::kNote, ErrorId::kMeasuredBootChanges,
       fmt::format("PCR 7 of the guest's TPM will change, because {} does: what is sealed to it "
                   "(BitLocker, LUKS) will ask for its recovery key",
                   names),
       Place::in_file(report.place.path), "nonvol explain NV2324"});
}

void note_missing_undo(StoreEditReport& report) {
  if (report.done.way == Way::kNothing || !report.done.undo_path.empty()) return;
  report.findings.push_back({Severity::kNote, ErrorId::kNoUndoRecord,
                             fmt::format("no undo record could be left beside {}", report.place.path),
                             Place::in_file(report.place.path), "nonvol explain NV2325"});
}

// Each change alone on `file`, as far as appending does it.
Result<varstore::Committed> commit_each(storage::FileSystem& files, varstore::OpenStore& store,
                                        const std::string& name, const std::vector<Change>& changes) {
  varstore::Committed all;
  for (const Change& change : changes) {
    auto contents = varstore::read_contents(*store.file, name, {.thorough = true});
    if (!contents) return contents.error();
    auto plan = varstore::plan_changes(*contents, std::array{change});
    if (!plan) return plan.error();
    auto done = varstore::commit(files, store, *plan, {});
    if (!done) return done.error();
    if (done->way != Way::kNothing) all.way = done->way;
    all.written_bytes += done->written_bytes;
    all.flushes += done->flushes;
  }
  return all;
}

// The same on a copy in memory: whatever would be refused is refused before anything is written.
Result<void> rehearse_each(storage::FileSystem& files, varstore::OpenStore& store, const std::string& name,
                           const std::vector<Change>& changes) {
  std::vector<std::uint8_t> bytes(store.file->size_bytes());
  if (const Result<std::size_t> got = store.file->read_at(0, bytes); !got) return got.error();
  varstore::OpenStore copy{storage::memory_file(std::move(bytes)), store.path, false};
  const auto done = commit_each(files, copy, name, changes);
  if (!done) return done.error();
  return {};
}

struct Opened {
  StorePlace place;
  varstore::OpenStore store;
  varstore::Contents contents;
};

Result<Opened> open(const Context& context, const StoreEditRequest& request, flash::ReadOptions options) {
  auto place = find_store(context, request.target);
  if (!place) return place.error();
  auto store = varstore::open_store(context.files, place->medium(), request.dry_run);
  if (!store) return store.error();
  auto contents = varstore::read_contents(*store->file, place->path, options);
  if (!contents) return contents.error();
  return Opened{*std::move(place), *std::move(store), *std::move(contents)};
}

StoreEditReport begin_report(const Opened& opened, const StoreEditRequest& request) {
  StoreEditReport report;
  report.place = opened.place;
  report.command = request.command;
  report.dry_run = request.dry_run;
  report.findings = opened.contents.findings();
  return report;
}

varstore::UndoRecord undo_of(const Context& context, const StoreEditRequest& request) {
  return {.command = request.command, .time = context.now()};
}

}  // namespace

Result<StoreEditReport> edit_store(const Context& context, const StoreEditRequest& request,
                                   const MakeChanges& make) {
  auto opened = open(context, request, {.thorough = true});
  if (!opened) return opened.error();
  auto changes = make(opened->contents);
  if (!changes) return changes.error();
  auto plan = varstore::plan_changes(opened->contents, *changes);
  if (!plan) return plan.error();

  StoreEditReport report = begin_report(*opened, request);
  report.plan = *std::move(plan);
  report.changes = differences(opened->contents.variables(), *changes);
  note_measured_boot(report);
  const bool one_by_one = !opened->store.replaceable && report.plan.way == Way::kReplace;
  if (one_by_one) {
    const Result<void> rehearsed = rehearse_each(context.files, opened->store, report.place.path, *changes);
    if (!rehearsed) return rehearsed.error();
    report.plan.way = Way::kInPlace;
  }
  if (request.dry_run) return report;
  auto done = one_by_one
                  ? commit_each(context.files, opened->store, report.place.path, *changes)
                  : varstore::commit(context.files, opened->store, report.plan, undo_of(context, request));
  if (!done) return done.error();
  report.done = *std::move(done);
  note_missing_undo(report);
  return report;
}

Result<StoreEditReport> edit_store_by_plan(const Context& context, const StoreEditRequest& request,
                                           flash::ReadOptions options, const MakePlan& make) {
  auto opened = open(context, request, options);
  if (!opened) return opened.error();
  auto plan = make(opened->contents, opened->store);
  if (!plan) return plan.error();
  if (auto checked = varstore::check_replaceable(opened->store, *plan); !checked) return checked.error();
  StoreEditReport report = begin_report(*opened, request);
  report.plan = *std::move(plan);
  if (request.dry_run) return report;
  auto done = varstore::commit(context.files, opened->store, report.plan, undo_of(context, request));
  if (!done) return done.error();
  report.done = *std::move(done);
  return report;
}

}  // namespace nonvol::api
