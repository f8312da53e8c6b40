#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "outcome/error_id.h"

namespace nonvol {

// Where something is true: a file, and inside it either bytes, a line and column, or a JSON Pointer (RFC
// 6901).
struct Place {
  std::string file;
  std::optional<std::uint64_t> offset_bytes;
  std::optional<std::uint32_t> line;    // counted from 1
  std::optional<std::uint32_t> column;  // counted from 1, in bytes
  std::string json_pointer;

  static Place in_file(std::string file);
  static Place at_byte(std::string file, std::uint64_t offset_bytes);
  static Place at_line(std::string file, std::uint32_t line, std::uint32_t column);
  static Place at_pointer(std::string file, std::string json_pointer);

  bool empty() const { return file.empty() && !offset_bytes && !line && json_pointer.empty(); }
  // "web01.fd, byte 0x58", "60-edk2.json:3:5", "60-edk2.json at /mapping/device".
  std::string text() const;
  friend bool operator==(const Place&, const Place&) = default;
};

// Why something was not done. One sentence that names the field and both numbers, where it is, and what to
// type next. Built in place:  return Error(ErrorId::kX, "...").at(place).with_hint("nonvol ...");
struct Error {
  ErrorId id;
  std::string message;
  Place place;
  std::vector<std::string> notes;
  std::string hint;

  Error(ErrorId error_id, std::string text) : id(error_id), message(std::move(text)) {}
  Error&& at(Place where) && {
    place = std::move(where);
    return std::move(*this);
  }
  Error&& with_note(std::string note) && {
    notes.push_back(std::move(note));
    return std::move(*this);
  }
  Error&& with_hint(std::string command) && {
    hint = std::move(command);
    return std::move(*this);
  }

  ExitCode exit_code() const { return catalogue_entry(id).exit_code; }
};

enum class Severity { kNote, kWarning, kError };
std::string_view to_string(Severity severity);

// Something true about the data that a reader came upon. Unlike an Error it stops nothing: all are collected.
struct Finding {
  Severity severity;
  ErrorId id;
  std::string message;
  Place place;
  std::string hint;
};

// What to type next: the hint, or, where there is none, the command that explains the id.
std::string hint_for(const Error& error);
std::string hint_for(const Finding& finding);

// The same statement as a finding: for readers that go on after what would stop others.
Finding to_finding(const Error& error, Severity severity = Severity::kError);

}  // namespace nonvol
