#include "api/blob_entries.h"
#include "api/json_parts.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

using json::Writer;
using vnvram::BlobState;

// Null where nobody knows it.
void write_generation(Writer& writer, std::string_view name, const std::optional<std::uint64_t>& generation) {
  writer.key(name);
  generation ? writer.number(*generation) : writer.null();
}

// 0 of a plain entry, which has none.
std::optional<std::uint64_t> generation_of(const BlobListReport::Entry& entry) {
  if (entry.state.state == BlobState::kDamaged) return std::nullopt;
  return entry.state.generation;
}

}  // namespace

std::string to_json(const BlobListReport& report) {
  Writer writer = begin_document("blob.list");
  write_image_facts(writer, report.image);
  writer.key("slack_bytes");
  report.slack_bytes ? writer.number(*report.slack_bytes) : writer.null();
  writer.key("entries").begin_array();
  for (const BlobListReport::Entry& entry : report.entries) {
    writer.begin_object();
    write_entry_members(writer, entry.info);
    writer.member("state", vnvram::to_string(entry.state.state)).member("used_bytes", entry.state.used_bytes);
    write_generation(writer, "generation", generation_of(entry));
    writer.end_object();
  }
  writer.end_array();
  write_findings(writer, report.findings);
  return writer.end_object().take();
}

std::string to_json(const BlobGetReport& report, bool with_content) {
  Writer writer = begin_document("blob.get");
  writer.member("image", report.target).key("entry").begin_object();
  write_entry_members(writer, report.entry);
  writer.member("generation", report.blob.generation);
  writer.member("used_bytes", std::uint64_t{report.blob.size_bytes});
  if (with_content) writer.member("data_hex", octets::to_hex(report.blob.bytes()));
  return writer.end_object().end_object().take();
}

std::string to_json(const BlobChange& report, std::string_view command) {
  Writer writer = begin_document(std::string("blob.").append(command));
  writer.member("image", report.target).member("dry_run", report.dry_run);
  writer.member("nothing_to_do", report.nothing_to_do).key("entry").begin_object();
  write_entry_members(writer, report.entry);
  writer.member("used_bytes", report.used_bytes).end_object();
  write_generation(writer, "generation_before", report.generation_before);
  write_generation(writer, "generation_after", report.generation_after);
  write_log_members(writer, report.log);
  return writer.end_object().take();
}

std::string to_json(const BlobCheckReport& report) {
  Writer writer = begin_document("blob.check");
  write_image_facts(writer, report.image);
  writer.member("scrub", report.scrub).member("unlocked", report.unlocked);
  writer.member("entries", report.check.entries).member("slots_read", report.check.slots_read);
  writer.member("damaged_slots", report.check.damaged_slots).member("read_bytes", report.check.read_bytes);
  write_findings(writer, report.check.findings);
  return writer.end_object().take();
}

std::string to_json(const BlobRekeyReport& report) {
  Writer writer = begin_document("blob.rekey");
  writer.member("image", report.target).member("dry_run", report.dry_run);
  writer.member("nothing_to_do", report.nothing_to_do);
  write_log_members(writer, report.log);
  return writer.end_object().take();
}

}  // namespace nonvol::api
