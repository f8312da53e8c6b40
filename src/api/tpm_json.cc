#include "api/json_parts.h"
#include "api/tpm.h"

namespace nonvol::api {
namespace {

void write_counters(json::Writer& writer, const serve::TpmCounters& counters) {
  writer.key("counters").begin_object();
  writer.member("starts", counters.starts).member("stores", counters.stores);
  writer.member("stored_bytes", counters.stored_bytes).member("unchanged", counters.unchanged);
  writer.member("failed", counters.failed).member("delayed", counters.delayed);
  writer.member("delayed_ms", counters.delayed_us / 1000);
  writer.key("limit_bytes_per_second");
  counters.limit_bytes_per_second == 0 ? writer.null() : writer.number(counters.limit_bytes_per_second);
  writer.member("library_version", counters.library_version);
  writer.end_object();
}

}  // namespace

std::string to_json(const serve::TpmServeReport& report) {
  json::Writer writer = begin_document("tpm.run");
  writer.member("image", report.image).member("version", tpm::to_string(report.version));
  writer.member("commands", report.commands).member("ended_by", report.ended_by);
  write_counters(writer, report.counters);
  return writer.end_object().take();
}

}  // namespace nonvol::api
