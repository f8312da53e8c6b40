#include "api/firmware_lint.h"
#include "api/json_parts.h"

namespace nonvol::api {

std::string to_json(const FirmwareLintReport& report) {
  json::Writer writer = begin_document("firmware.lint");
  writer.member("clean", report.is_clean()).strings("directories", report.directories);
  writer.key("descriptors").begin_array();
  for (const firmware::LintedFile& file : report.result.files) {
    writer.begin_object().member("descriptor", file.path).member("state", to_string(file.state)).end_object();
  }
  writer.end_array().key("findings").begin_array();
  for (const firmware::LintFinding& finding : report.result.findings) {
    writer.begin_object().member("id", to_string(finding.finding.id));
    writer.member("severity", to_string(finding.finding.severity)).member("message", finding.finding.message);
    writer.key("place");
    write_place(writer, finding.finding.place);
    writer.member("certainty", to_string(finding.certainty))
        .member("rests_on", finding.rests_on)
        .key("feature");
    finding.feature.empty() ? writer.null() : writer.string(finding.feature);
    writer.member("hint", hint_for(finding.finding)).end_object();
  }
  writer.end_array().key("counts").begin_object();
  writer.member("errors", std::uint64_t{report.count(Severity::kError)});
  writer.member("warnings", std::uint64_t{report.count(Severity::kWarning)});
  writer.member("notes", std::uint64_t{report.count(Severity::kNote)}).end_object();
  const firmware::LookCounts& counts = report.result.counts;
  writer.key("read").begin_object().member("files", counts.files).member("templates", counts.templates);
  return writer.member("images_unpacked", counts.images).end_object().end_object().take();
}

}  // namespace nonvol::api
