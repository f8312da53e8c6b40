#include "api/blob_format.h"
#include "api/json_parts.h"

namespace nonvol::api {
namespace {

using json::Writer;
using Outcome = BlobFormatReport::Outcome;

void write_entries(Writer& writer, const std::vector<vnvram::EntryInfo>& entries) {
  writer.key("entries").begin_array();
  for (const vnvram::EntryInfo& entry : entries) {
    writer.begin_object();
    write_entry_members(writer, entry);
    writer.member("blob_bytes", vnvram::blob_bytes(entry.kind, entry.capacity_bytes)).end_object();
  }
  writer.end_array();
}

std::string_view word_for(Outcome outcome) {
  switch (outcome) {
    case Outcome::kCreated:
      return "created";
    case Outcome::kFormatted:
      return "formatted";
    case Outcome::kContentsLost:
      return "contents-lost";
    case Outcome::kNothingToDo:
      return "nothing-to-do";
  }
  return "";
}

}  // namespace

std::string to_json(const BlobMeasureReport& report) {
  Writer writer = begin_document("blob.measure");
  writer.member("image_bytes", report.layout.size_bytes).member("seed_layout", report.seed_layout);
  write_entries(writer, report.layout.entries);
  return writer.end_object().take();
}

std::string to_json(const BlobFormatReport& report) {
  Writer writer = begin_document("blob.format");
  writer.member("image", report.target).member("dry_run", report.dry_run);
  writer.member("nothing_to_do", report.outcome == Outcome::kNothingToDo);
  writer.member("outcome", word_for(report.outcome)).key("uuid");
  report.uuid.empty() ? writer.null() : writer.string(report.uuid);
  writer.key("integrity");
  report.integrity ? writer.string(vnvram::to_string(*report.integrity)) : writer.null();
  writer.member("seed_layout", report.seed_layout).member("image_bytes", report.layout.size_bytes);
  write_entries(writer, report.layout.entries);
  return writer.end_object().take();
}

std::string to_json(const BlobAddReport& report) {
  Writer writer = begin_document("blob.add");
  writer.member("image", report.target).member("dry_run", report.dry_run);
  writer.member("nothing_to_do", report.nothing_to_do()).key("entries").begin_array();
  for (const BlobAddReport::Entry& entry : report.entries) {
    writer.begin_object();
    write_entry_members(writer, entry.info);
    writer.member("was_there", entry.was_there).end_object();
  }
  writer.end_array();
  write_log_members(writer, report.log);
  return writer.end_object().take();
}

std::string to_json(const BlobResizeReport& report) {
  Writer writer = begin_document("blob.resize");
  writer.member("image", report.target).member("dry_run", report.dry_run);
  writer.member("nothing_to_do", report.nothing_to_do);
  writer.member("seed_layout", report.seed_layout).member("image_bytes_before", report.image_bytes_before);
  writer.member("image_bytes", report.layout.size_bytes);
  write_entries(writer, report.layout.entries);
  return writer.end_object().take();
}

}  // namespace nonvol::api
