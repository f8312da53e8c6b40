#include "varstore/change.h"

#include <fmt/format.h>

#include <algorithm>

#include "forms/form_file.h"
#include "octets/crc32c.h"

namespace nonvol::varstore {
namespace {

Result<flash::EditOutcome> apply(flash::StoreEditor& editor, const Change& change) {
  return change.kind == Change::Kind::kSet ? editor.set(change.variable)
                                           : editor.remove(change.variable.identity);
}

// All records, and the place behind them where a guest would put the next one.
void remember_for_undo(ChangePlan& plan, const flash::VariableStore& store) {
  constexpr std::uint64_t kBehindBytes = 64;
  plan.checked_bytes = std::min(store.records_end_bytes + kBehindBytes, store.store_end_bytes);
  plan.checked_crc32c = octets::crc32c(octets::Bytes(store.bytes).first(plan.checked_bytes));
}

Result<ChangePlan> plan_flash(const Contents& contents, std::span<const Change> changes) {
  ChangePlan plan;
  plan.size_bytes = contents.file_size_bytes;
  plan.formats = contents.flash->blank != flash::Blank::kNo;
  plan.completes_pending_write = contents.flash->replayed.has_value();
  auto editor = flash::StoreEditor::begin(*contents.flash);
  if (!editor) return editor.error();
  std::vector<const Change*> changed;
  for (const Change& change : changes) {
    const Result<flash::EditOutcome> outcome = apply(*editor, change);
    if (!outcome) return outcome.error();
    if (*outcome != flash::EditOutcome::kNothing) changed.push_back(&change);
    plan.compacts |= *outcome == flash::EditOutcome::kCompacted;
  }
  if (changed.empty()) return ChangePlan{.size_bytes = contents.file_size_bytes};
  plan.way = ChangePlan::Way::kReplace;
  plan.patches = editor->patches();
  remember_for_undo(plan, editor->store());
  if (changed.size() != 1) return plan;
  const Change& only = *changed.front();
  plan.steps = only.kind == Change::Kind::kSet
                   ? flash::set_in_place(*contents.flash, only.variable)
                   : flash::remove_in_place(*contents.flash, only.variable.identity);
  if (!plan.steps.empty()) plan.way = ChangePlan::Way::kInPlace;
  return plan;
}

// Order is kept: a variable that changes stays where it was, a new one comes last.
void apply(std::vector<variable::Variable>& variables, const Change& change) {
  const auto found = std::ranges::find(variables, change.variable.identity, &variable::Variable::identity);
  if (change.kind == Change::Kind::kRemove) {
    if (found != variables.end()) variables.erase(found);
  } else if (found != variables.end()) {
    *found = change.variable;
  } else {
    variables.push_back(change.variable);
  }
}

Result<ChangePlan> plan_form(const Contents& contents, std::span<const Change> changes) {
  const auto damage = std::ranges::find(contents.form.findings, Severity::kError, &Finding::severity);
  if (damage != contents.form.findings.end()) {
    return Error(ErrorId::kStoreNotEditable,
                 fmt::format("{} is not edited: {}", contents.file_name, damage->message))
        .at(damage->place);
  }
  std::vector<variable::Variable> variables = contents.form.variables;
  for (const Change& change : changes) apply(variables, change);
  if (variables == contents.form.variables) return ChangePlan{.size_bytes = contents.file_size_bytes};
  auto bytes = forms::write_form(contents.form.form, variables);
  if (!bytes) return std::move(bytes.error()).at(Place::in_file(contents.file_name));
  return plan_replacement(contents.form_bytes, *bytes, "variables");
}

}  // namespace

Result<ChangePlan> plan_changes(const Contents& contents, std::span<const Change> changes) {
  return contents.is_flash() ? plan_flash(contents, changes) : plan_form(contents, changes);
}

Result<ChangePlan> plan_compaction(const Contents& contents) {
  if (!contents.is_flash()) {
    return Error(ErrorId::kFormNotWritten, fmt::format("{} has no dead records: it is {}", contents.file_name,
                                                       forms::to_string(contents.form.form)))
        .at(Place::in_file(contents.file_name));
  }
  auto editor = flash::StoreEditor::begin(*contents.flash);
  if (!editor) return editor.error();
  ChangePlan plan;
  plan.size_bytes = contents.file_size_bytes;
  const Result<flash::EditOutcome> outcome = editor->compact();
  if (!outcome) return outcome.error();
  if (*outcome == flash::EditOutcome::kNothing && !contents.flash->replayed) return plan;
  plan.way = ChangePlan::Way::kReplace;
  plan.compacts = true;
  plan.completes_pending_write = contents.flash->replayed.has_value();
  plan.patches = editor->patches();
  remember_for_undo(plan, editor->store());
  return plan;
}

ChangePlan plan_replacement(octets::Bytes before, octets::Bytes after, std::string_view reason) {
  ChangePlan plan;
  plan.size_bytes = after.size();
  if (std::ranges::equal(before, after)) return plan;
  plan.way = ChangePlan::Way::kReplace;
  plan.checked_bytes = after.size();
  plan.checked_crc32c = octets::crc32c(after);
  // Unlike in flash, everything behind a change moves: what is equal on both sides of it is all that stays.
  const auto [old_at, new_at] = std::ranges::mismatch(before, after);
  const auto begin = static_cast<std::size_t>(new_at - after.begin());
  std::size_t end = after.size();
  if (before.size() == after.size()) {
    while (end > begin && before[end - 1] == after[end - 1]) --end;
  }
  const octets::Bytes changed = after.subspan(begin, end - begin);
  plan.patches.push_back({begin, {changed.begin(), changed.end()}, reason});
  return plan;
}

}  // namespace nonvol::varstore
