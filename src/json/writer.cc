#include "json/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "octets/text.h"

namespace nonvol::json {
namespace {

// How many bytes at the start of `text` stand for themselves and are ASCII.
std::size_t plain_bytes(std::string_view text) {
  const auto* odd = std::ranges::find_if(text, [](char c) {
    return c < 0x20 || c == 0x7f || c == '"' || c == '\\' || static_cast<unsigned char>(c) >= 0x80;
  });
  return static_cast<std::size_t>(odd - text.begin());
}

}  // namespace

void Writer::new_line() {
  if (layout_ == Layout::kOneLine) return;
  text_ += '\n';
  text_.append(static_cast<std::size_t>(depth_) * 2, ' ');
}

void Writer::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (depth_ == 0) return;
  if (!first_) text_ += layout_ == Layout::kOneLine ? ", " : ",";
  first_ = false;
  new_line();
}

Writer& Writer::open(char bracket) {
  before_value();
  text_ += bracket;
  ++depth_;
  first_ = true;
  return *this;
}

Writer& Writer::close(char bracket) {
  --depth_;
  if (!first_) new_line();
  first_ = false;
  text_ += bracket;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  before_value();
  append_quoted(name);
  text_ += ": ";
  after_key_ = true;
  return *this;
}

Writer& Writer::string(std::string_view text) {
  before_value();
  append_quoted(text);
  return *this;
}

Writer& Writer::number(std::uint64_t value) {
  before_value();
  text_ += fmt::format("{}", value);
  return *this;
}

Writer& Writer::boolean(bool value) {
  before_value();
  text_ += value ? "true" : "false";
  return *this;
}

Writer& Writer::null() {
  before_value();
  text_ += "null";
  return *this;
}

void Writer::append_quoted(std::string_view text) {
  text_ += '"';
  for (;;) {
    // Whole runs at once: a variable's bytes in hexadecimal are thousands of plain characters.
    const std::size_t plain = plain_bytes(text);
    text_ += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto c = static_cast<unsigned char>(text[0]);
    const std::size_t length = octets::utf8_sequence_bytes(text);
    if (length == 0) {
      text_ += "\xef\xbf\xbd";
    } else if (c == '"' || c == '\\') {
      text_ += {'\\', static_cast<char>(c)};
    } else if (c == '\n') {
      text_ += "\\n";
    } else if (c < 0x20 || c == 0x7f) {
      text_ += fmt::format("\\u{:04x}", c);
    } else {
      text_ += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  text_ += '"';
}

std::string Writer::take() {
  if (layout_ == Layout::kIndented) text_ += '\n';
  return std::exchange(text_, {});
}

}  // namespace nonvol::json
