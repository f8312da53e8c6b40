#include "api/json_parts.h"
#include "api/variable_json.h"
#include "api/vars_check.h"

namespace nonvol::api {
namespace {

using json::Writer;

void write_identities(Writer& writer, std::string_view key,
                      const std::vector<variable::Identity>& identities) {
  writer.key(key).begin_array();
  for (const variable::Identity& identity : identities) {
    writer.begin_object()
        .member("name", identity.name().text)
        .member("guid", identity.vendor.text())
        .end_object();
  }
  writer.end_array();
}

void write_prediction(Writer& writer, const StorePrediction& prediction) {
  const flash::FirmwareTraits& firmware = prediction.firmware;
  writer.begin_object().member("code", firmware.code_name).member("layout", firmware.expects->name);
  writer.member("smm", firmware.smm).member("outcome", flash::to_string(prediction.prediction.outcome));
  write_identities(writer, "sees", prediction.prediction.live);
  write_identities(writer, "loses", prediction.prediction.lost);
  write_findings(writer, prediction.prediction.reasons);
  writer.end_object();
}

}  // namespace

std::string to_json(const StoreCheckReport& report) {
  Writer writer = begin_document("vars.check");
  write_place_of(writer, report.place);
  writer.member("layout", report.layout).member("pending_write", report.pending_write);
  writer.key("firmware").begin_array();
  for (const StorePrediction& prediction : report.predictions) write_prediction(writer, prediction);
  writer.end_array().key("space");
  if (report.space) {
    const StoreSpace& space = *report.space;
    writer.begin_object()
        .member("capacity_bytes", space.capacity_bytes)
        .member("live_bytes", space.live_bytes);
    writer.member("dead_bytes", space.dead_bytes).member("free_bytes", space.free_bytes);
    writer.member("live_variables", std::uint64_t{space.live_variables});
    writer.member("dead_records", std::uint64_t{space.dead_records}).end_object();
  } else {
    writer.null();
  }
  writer.key("revocations");
  if (report.revocations) {
    const RevocationRoom& room = *report.revocations;
    writer.begin_object().member("needed_bytes", room.needed_bytes).member("limit_bytes", room.limit_bytes);
    writer.member("available_bytes", room.available_bytes).member("fits", room.fits()).end_object();
  } else {
    writer.null();
  }
  write_findings(writer, report.findings);
  return writer.end_object().take();
}

std::string to_json(const StoreRepairReport& report) {
  Writer writer = begin_document("vars.repair");
  write_place_of(writer, report.place);
  writer.member("dry_run", report.dry_run).member("layout", report.layout);
  writer.member("nothing_to_do", report.plan.way == varstore::ChangePlan::Way::kNothing);
  writer.member("live_before", report.live_before).member("live_after", report.live_after);
  writer.key("original");
  report.original.empty() ? writer.null() : writer.string(report.original);
  writer.key("undo_record");
  report.done.undo_path.empty() ? writer.null() : writer.string(report.done.undo_path);
  write_findings(writer, report.steps);
  return writer.end_object().take();
}

}  // namespace nonvol::api
