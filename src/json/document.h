#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outcome/result.h"

namespace nonvol::json {

enum class Kind : std::uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };
std::string_view to_string(Kind kind);  // "a string", "an object", ... for messages

// Deeper documents are refused; no document that nonvol reads nests deeper than six levels.
inline constexpr int kMaxDepth = 32;

class Document;

// One value inside a Document; copies freely and lives as long as the Document's next parse.
class Value {
 public:
  Kind kind() const;
  bool is(Kind wanted) const { return kind() == wanted; }

  // The decoded text of a string, or the token of a number. Empty for everything else.
  std::string_view text() const;
  // The number if it is a whole one that fits; nothing else.
  std::optional<std::uint64_t> whole_number() const;

  // Name of this value if it is an object's member.
  std::string_view name() const;
  // The member `member_name` of an object; nothing if there is none or this is no object.
  std::optional<Value> find(std::string_view member_name) const;

  // Walks members of an object or elements of an array:  for (Value member : value.children())
  class Children;
  Children children() const;
  // How many members or elements it has.
  std::uint32_t size() const;

  std::uint32_t offset_bytes() const;  // where the value begins in the text
  std::string pointer() const;         // JSON Pointer (RFC 6901), "" for the whole document

 private:
  friend class Document;
  friend class Parser;
  friend class Children;
  Value(const Document* document, std::uint32_t index) : document_(document), index_(index) {}
  const Document* document_;
  std::uint32_t index_;
};

// A strict reader of JSON (RFC 8259): no comments, no trailing commas, UTF-8 only, no member twice in one
// object, bounded depth. Values keep their places, so that a later complaint about one can say where it is.
// It exists beside the well-kept libraries because choosing firmware among a thousand descriptors may take no
// longer than twice the mere reading of them (docs/decisions/0002-json.md has the figures).
// A Document is reused for many texts to keep its memory. One thread.
class Document {
 public:
  // `text` must outlive every Value; `file` only appears in places. The error's place has line and column.
  Result<Value> parse(std::string_view text, std::string_view file);

 private:
  friend class Value;
  friend class Parser;
  struct Node {
    std::string_view name;
    std::string_view text;
    std::uint32_t offset_bytes;
    std::uint32_t end;    // index one past the last node of this subtree
    std::uint32_t count;  // of members or elements
    Kind kind;
  };
  std::vector<Node> nodes_;
  std::deque<std::string> decoded_;  // only strings with escapes need memory of their own
};

class Value::Children {
 public:
  class Iterator {
   public:
    Iterator(const Document* document, std::uint32_t index) : document_(document), index_(index) {}
    Value operator*() const { return Value(document_, index_); }
    Iterator& operator++();
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    const Document* document_;
    std::uint32_t index_;
  };
  Children(const Document* document, std::uint32_t first, std::uint32_t end)
      : document_(document), first_(first), end_(end) {}
  Iterator begin() const { return {document_, first_}; }
  Iterator end() const { return {document_, end_}; }
  bool empty() const { return first_ == end_; }

 private:
  const Document* document_;
  std::uint32_t first_;
  std::uint32_t end_;
};

// Inline, because choosing among a thousand descriptors asks these a hundred thousand times.
inline Kind Value::kind() const {
  return document_->nodes_[index_].kind;
}
inline std::string_view Value::text() const {
  return document_->nodes_[index_].text;
}
inline std::string_view Value::name() const {
  return document_->nodes_[index_].name;
}
inline std::uint32_t Value::size() const {
  return document_->nodes_[index_].count;
}
inline Value::Children::Iterator& Value::Children::Iterator::operator++() {
  index_ = document_->nodes_[index_].end;
  return *this;
}
// Values without members end right behind themselves, so that their range is empty.
inline Value::Children Value::children() const {
  return {document_, index_ + 1, document_->nodes_[index_].end};
}

// Line and column (both from 1, columns in bytes) of a byte in a text.
struct LineColumn {
  std::uint32_t line;
  std::uint32_t column;
};
LineColumn line_and_column(std::string_view text, std::uint64_t offset_bytes);

}  // namespace nonvol::json
