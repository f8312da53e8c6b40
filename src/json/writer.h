#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nonvol::json {

enum class Layout { kIndented, kOneLine };

// Writes one JSON document, members in the order they are given, two spaces a level or all on one line. The
// caller keeps begin and end in step. Bytes that are not UTF-8 become U+FFFD, because JSON has no way to hold
// them.
class Writer {
 public:
  explicit Writer(Layout layout = Layout::kIndented) : layout_(layout) {}

  Writer& begin_object() { return open('{'); }
  Writer& end_object() { return close('}'); }
  Writer& begin_array() { return open('['); }
  Writer& end_array() { return close(']'); }

  Writer& key(std::string_view name);
  Writer& string(std::string_view text);
  Writer& number(std::uint64_t value);
  Writer& boolean(bool value);
  Writer& null();

  // key() and one scalar in a single call, which is what most members are.
  Writer& member(std::string_view name, std::string_view text) { return key(name).string(text); }
  Writer& member(std::string_view name, const char* text) { return key(name).string(text); }
  Writer& member(std::string_view name, std::uint64_t value) { return key(name).number(value); }
  Writer& member(std::string_view name, bool value) { return key(name).boolean(value); }
  // An array of strings; any range whose elements are text.
  template <class Range>
  Writer& strings(std::string_view name, const Range& texts) {
    key(name).begin_array();
    for (const auto& text : texts) string(text);
    return end_array();
  }

  // The document; an indented one ends with a newline.
  std::string take();

 private:
  Writer& open(char bracket);
  Writer& close(char bracket);
  void before_value();
  void new_line();
  void append_quoted(std::string_view text);

  Layout layout_;
  std::string text_;
  int depth_ = 0;
  bool first_ = true;       // nothing stands in the innermost bracket yet
  bool after_key_ = false;  // a member's name was just written
};

}  // namespace nonvol::json
