#include "json/document.h"

#include <fmt/format.h>

#include <charconv>

namespace nonvol::json {

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "null";
    case Kind::kFalse:
      return "false";
    case Kind::kTrue:
      return "true";
    case Kind::kNumber:
      return "a number";
    case Kind::kString:
      return "a string";
    case Kind::kArray:
      return "an array";
    case Kind::kObject:
      return "an object";
  }
  return "a value";
}

std::uint32_t Value::offset_bytes() const {
  return document_->nodes_[index_].offset_bytes;
}

std::optional<std::uint64_t> Value::whole_number() const {
  if (!is(Kind::kNumber)) return std::nullopt;
  const std::string_view token = text();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
  if (error != std::errc{} || end != token.data() + token.size()) return std::nullopt;
  return number;
}

std::optional<Value> Value::find(std::string_view member_name) const {
  if (!is(Kind::kObject)) return std::nullopt;
  for (const Value member : children()) {
    if (member.name() == member_name) return member;
  }
  return std::nullopt;
}

std::string Value::pointer() const {
  std::string result;
  std::uint32_t at = 0;
  while (at != index_) {
    std::uint32_t child = at + 1;
    std::uint32_t position = 0;
    while (document_->nodes_[child].end <= index_) {
      child = document_->nodes_[child].end;
      ++position;
    }
    result += '/';
    if (document_->nodes_[at].kind == Kind::kArray) {
      result += fmt::format("{}", position);
    } else {
      for (const char c : document_->nodes_[child].name) {
        if (c == '~') {
          result += "~0";
        } else if (c == '/') {
          result += "~1";
        } else {
          result += c;
        }
      }
    }
    at = child;
  }
  return result;
}

LineColumn line_and_column(std::string_view text, std::uint64_t offset_bytes) {
  LineColumn result{1, 1};
  for (std::uint64_t i = 0; i < offset_bytes && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++result.line;
      result.column = 1;
    } else {
      ++result.column;
    }
  }
  return result;
}

}  // namespace nonvol::json
