#include "qmp/request_stream.h"

namespace nonvol::qmp {
namespace {

constexpr char kReset = '\xff';  // clients send it to get rid of what they began (QEMU's qmp-spec, 2.6)

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_structure(char c) {
  return c == '{' || c == '}' || c == '[' || c == ']';
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20;
}

}  // namespace

std::optional<RequestStream::Item> RequestStream::take(Item::Kind kind, std::size_t end) {
  Item item{kind, buffer_.substr(start_, end - start_)};
  buffer_.erase(0, end);
  start_ = at_ = 0;
  inside_ = word_ = in_string_ = escaped_ = false;
  braces_ = brackets_ = 0;
  recovering_ = kind == Item::Kind::kStray;
  return item;
}

// Whether the byte is the last of an object, array or string.
bool RequestStream::ends_value(char c) {
  if (in_string_) {
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
      return braces_ == 0 && brackets_ == 0;
    }
    return false;
  }
  if (c == '"') {
    in_string_ = true;
    return false;
  }
  if (!is_structure(c)) return false;
  braces_ += c == '{' ? 1 : c == '}' ? -1 : 0;
  brackets_ += c == '[' ? 1 : c == ']' ? -1 : 0;
  // One too many closes what never began; the two may cross, which is the parser's to see.
  return braces_ < 0 || brackets_ < 0 || (braces_ == 0 && brackets_ == 0);
}

void RequestStream::skip_between() {
  while (at_ < buffer_.size()) {
    const char c = buffer_[at_];
    if (recovering_ && (is_control(c) || is_structure(c))) recovering_ = false;
    if (!recovering_ && !is_blank(c) && c != kReset) break;
    ++at_;
  }
  buffer_.erase(0, at_);
  start_ = at_ = 0;
}

std::optional<RequestStream::Item> RequestStream::next() {
  if (!inside_) {
    skip_between();
    if (buffer_.empty()) return std::nullopt;
    inside_ = true;
    word_ = !is_structure(buffer_[0]) && buffer_[0] != '"';
  }
  for (; at_ < buffer_.size(); ++at_) {
    const char c = buffer_[at_];
    if (c == kReset || (in_string_ && is_control(c))) {
      std::optional<Item> item = take(Item::Kind::kStray, at_);
      buffer_.erase(0, 1);
      // After a reset there is nothing to recover from.
      if (c == kReset) recovering_ = false;
      return item;
    }
    if (word_) {
      const bool alone = at_ == start_ && (c == ',' || c == ':');
      if (alone) return take(Item::Kind::kText, at_ + 1);
      if (is_blank(c) || is_structure(c) || c == ',' || c == ':' || c == '"')
        return take(Item::Kind::kText, at_);
      continue;
    }
    if (ends_value(c)) return take(Item::Kind::kText, at_ + 1);
  }
  if (buffer_.size() > kMaxRequestBytes) return take(Item::Kind::kTooLong, buffer_.size());
  return std::nullopt;
}

std::string compact_value(std::string_view text, std::size_t offset) {
  std::string result;
  std::int64_t depth = 0;
  bool in_string = false;
  for (std::size_t at = offset; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      result += c;
      if (c == '\\' && at + 1 < text.size()) {
        result += text[++at];
      } else if (c == '"') {
        in_string = false;
        if (depth == 0) return result;
      }
      continue;
    }
    const bool closes = c == '}' || c == ']';
    if (depth == 0 && !result.empty() && (closes || c == ',' || is_blank(c))) return result;
    if (is_blank(c)) continue;
    result += c;
    in_string = c == '"';
    if (c == '{' || c == '[') ++depth;
    if (closes && --depth == 0) return result;
  }
  return result;
}

}  // namespace nonvol::qmp
