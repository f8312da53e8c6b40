#include "api/json_parts.h"
#include "api/store_edit.h"
#include "api/variable_json.h"
#include "api/vars_edit.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

using json::Writer;

std::string_view way_word(varstore::ChangePlan::Way way) {
  switch (way) {
    case varstore::ChangePlan::Way::kNothing:
      return "nothing";
    case varstore::ChangePlan::Way::kInPlace:
      return "in-place";
    case varstore::ChangePlan::Way::kReplace:
      return "replace";
  }
  return "nothing";
}

void write_side(Writer& writer, std::string_view key, const std::optional<variable::Variable>& variable) {
  writer.key(key);
  if (!variable) {
    writer.null();
    return;
  }
  writer.begin_object();
  write_variable(writer, *variable);
  writer.end_object();
}

}  // namespace

void write_changes(Writer& writer, const std::vector<VariableChange>& changes) {
  writer.key("changes").begin_array();
  for (const VariableChange& change : changes) {
    writer.begin_object();
    writer.member("name", change.identity().name().text).member("guid", change.identity().vendor.text());
    write_side(writer, "before", change.before);
    write_side(writer, "after", change.after);
    writer.end_object();
  }
  writer.end_array();
}

// All members but the closing ones, so that a command can have more.
void write_edit(Writer& writer, const StoreEditReport& report) {
  write_place_of(writer, report.place);
  writer.member("dry_run", report.dry_run);
  writer.member("nothing_to_do", report.plan.way == varstore::ChangePlan::Way::kNothing);
  writer.member("way", way_word(report.plan.way)).member("compacts", report.plan.compacts);
  writer.member("completes_pending_write", report.plan.completes_pending_write);
  write_changes(writer, report.changes);
  writer.key("writes").begin_array();
  for (const storage::Patch& patch : report.plan.patches) {
    writer.begin_object().member("offset_bytes", patch.offset_bytes);
    writer.member("size_bytes", std::uint64_t{patch.bytes.size()}).member("what", patch.reason).end_object();
  }
  writer.end_array().member("flushes", report.done.flushes);
  writer.key("undo_record");
  report.done.undo_path.empty() ? writer.null() : writer.string(report.done.undo_path);
  write_findings(writer, report.findings);
}

std::string to_json(const StoreEditReport& report, std::string_view schema) {
  Writer writer = begin_document(schema);
  write_edit(writer, report);
  return writer.end_object().take();
}

std::string to_json(const UndoReport& report) {
  Writer writer = begin_document("vars.undo");
  writer.member("undone_command", report.undone_command).member("undone_time", report.undone_time);
  write_edit(writer, report.edit);
  return writer.end_object().take();
}

}  // namespace nonvol::api
