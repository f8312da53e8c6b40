#include "outcome/error.h"

#include <fmt/format.h>

namespace nonvol {

Place Place::in_file(std::string file) {
  Place place;
  place.file = std::move(file);
  return place;
}

Place Place::at_byte(std::string file, std::uint64_t offset_bytes) {
  Place place = in_file(std::move(file));
  place.offset_bytes = offset_bytes;
  return place;
}

Place Place::at_line(std::string file, std::uint32_t line, std::uint32_t column) {
  Place place = in_file(std::move(file));
  place.line = line;
  place.column = column;
  return place;
}

Place Place::at_pointer(std::string file, std::string json_pointer) {
  Place place = in_file(std::move(file));
  place.json_pointer = std::move(json_pointer);
  return place;
}

std::string Place::text() const {
  if (offset_bytes) return fmt::format("{}, byte {:#x}", file, *offset_bytes);
  if (line) return fmt::format("{}:{}:{}", file, *line, column.value_or(1));
  if (!json_pointer.empty()) return fmt::format("{} at {}", file, json_pointer);
  return file;
}

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::kNote:
      return "note";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "error";
}

namespace {

std::string hint_or_explanation(const std::string& hint, ErrorId id) {
  return hint.empty() ? "nonvol explain " + to_string(id) : hint;
}

}  // namespace

std::string hint_for(const Error& error) {
  return hint_or_explanation(error.hint, error.id);
}
std::string hint_for(const Finding& finding) {
  return hint_or_explanation(finding.hint, finding.id);
}

Finding to_finding(const Error& error, Severity severity) {
  return Finding{severity, error.id, error.message, error.place, error.hint};
}

}  // namespace nonvol
