#include "api/json_parts.h"

#include <fmt/format.h>

#include "api/errors.h"

namespace nonvol::api {

void write_place(json::Writer& writer, const Place& place) {
  if (place.empty()) {
    writer.null();
    return;
  }
  writer.begin_object().member("file", place.file);
  if (place.offset_bytes) writer.member("offset_bytes", *place.offset_bytes);
  if (place.line) writer.member("line", std::uint64_t{*place.line});
  if (place.column) writer.member("column", std::uint64_t{*place.column});
  if (!place.json_pointer.empty()) writer.member("json_pointer", place.json_pointer);
  writer.end_object();
}

void write_findings(json::Writer& writer, const std::vector<Finding>& findings) {
  writer.key("findings").begin_array();
  for (const Finding& finding : findings) {
    writer.begin_object().member("id", to_string(finding.id)).member("severity", to_string(finding.severity));
    writer.member("message", finding.message).key("place");
    write_place(writer, finding.place);
    writer.member("hint", hint_for(finding)).end_object();
  }
  writer.end_array();
}

void write_error_members(json::Writer& writer, const Error& error) {
  writer.member("id", to_string(error.id));
  writer.member("exit_code", static_cast<std::uint64_t>(error.exit_code()));
  writer.member("message", error.message).key("place");
  write_place(writer, error.place);
  writer.strings("notes", error.notes).member("hint", hint_for(error));
}

json::Writer begin_document(std::string_view name) {
  json::Writer writer;
  writer.begin_object().member("schema", fmt::format("nonvol.{}/1", name));
  return writer;
}

std::string to_json(const Error& error) {
  json::Writer writer = begin_document("error");
  write_error_members(writer, error);
  return writer.end_object().take();
}

}  // namespace nonvol::api
