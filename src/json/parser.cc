#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "json/document.h"
#include "octets/guid.h"
#include "octets/text.h"

namespace nonvol::json {

namespace {

// Bytes that stand for themselves in a string and need no further look: printable ASCII but quote and
// backslash.
constexpr std::array<bool, 256> kOrdinary = [] {
  std::array<bool, 256> result{};
  for (std::size_t c = 0x20; c < 0x80; ++c) result[c] = c != '"' && c != '\\';
  return result;
}();

}  // namespace

// Recursive descent over the text, one Node per value in document order. `failed_` stops everything; its
// place is computed from an offset only then.
class Parser {
 public:
  Parser(Document& document, std::string_view text, std::string_view file)
      : document_(document), text_(text), file_(file), at_(text.data()), end_(text.data() + text.size()) {}

  Result<Value> run() {
    document_.nodes_.clear();
    document_.decoded_.clear();
    skip_space();
    if (!value({}, 0)) return take_error();
    skip_space();
    if (at_ != end_) {
      fail(ErrorId::kJsonSyntax, "more text follows the end of the document", at_);
      return take_error();
    }
    return Value(&document_, 0);
  }

 private:
  using Node = Document::Node;

  bool fail(ErrorId id, std::string message, const char* where) {
    if (failed_) return false;
    failed_ = true;
    id_ = id;
    message_ = std::move(message);
    where_ = where;
    return false;
  }

  Error take_error() {
    const LineColumn place = line_and_column(text_, static_cast<std::uint64_t>(where_ - text_.data()));
    return Error(id_, std::move(message_)).at(Place::at_line(std::string(file_), place.line, place.column));
  }

  bool unexpected(std::string_view wanted) {
    if (at_ == end_)
      return fail(ErrorId::kJsonSyntax, fmt::format("the text ends where {} should be", wanted), at_);
    return fail(ErrorId::kJsonSyntax, fmt::format("{} should be here", wanted), at_);
  }

  void skip_space() {
    // Most calls find nothing to skip; those that do find a line's indentation, which goes four at a time.
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) {
      ++at_;
      while (end_ - at_ >= 4 && std::memcmp(at_, "    ", 4) == 0) at_ += 4;
    }
  }

  std::uint32_t add_node(Kind kind, std::string_view name) {
    const auto index = static_cast<std::uint32_t>(document_.nodes_.size());
    document_.nodes_.push_back(
        {name, {}, static_cast<std::uint32_t>(at_ - text_.data()), index + 1, 0, kind});
    return index;
  }

  void close_node(std::uint32_t index, std::uint32_t count) {
    document_.nodes_[index].end = static_cast<std::uint32_t>(document_.nodes_.size());
    document_.nodes_[index].count = count;
  }

  bool value(std::string_view name, int depth) {
    if (at_ == end_) return unexpected("a value");
    switch (*at_) {
      case '{':
        return object(name, depth);
      case '[':
        return array(name, depth);
      case '"': {
        const std::uint32_t index = add_node(Kind::kString, name);
        std::string_view text;
        if (!string(text)) return false;
        document_.nodes_[index].text = text;
        return true;
      }
      case 't':
        return literal("true", Kind::kTrue, name);
      case 'f':
        return literal("false", Kind::kFalse, name);
      case 'n':
        return literal("null", Kind::kNull, name);
      default:
        return number(name);
    }
  }

  bool literal(std::string_view word, Kind kind, std::string_view name) {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word))
      return unexpected("a value");
    add_node(kind, name);
    at_ += word.size();
    return true;
  }

  bool digits() {
    const char* first = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    return at_ != first || unexpected("a digit");
  }

  bool number(std::string_view name) {
    const char* first = at_;
    if (*at_ != '-' && (*at_ < '0' || *at_ > '9')) return unexpected("a value");
    const std::uint32_t index = add_node(Kind::kNumber, name);
    if (*at_ == '-') ++at_;
    if (at_ != end_ && *at_ == '0') {
      ++at_;
      if (at_ != end_ && *at_ >= '0' && *at_ <= '9') return unexpected("no digit after a leading zero");
    } else if (!digits()) {
      return false;
    }
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      if (!digits()) return false;
    }
    document_.nodes_[index].text = {first, static_cast<std::size_t>(at_ - first)};
    return true;
  }

  bool array(std::string_view name, int depth) {
    if (depth == kMaxDepth) return too_deep();
    const std::uint32_t index = add_node(Kind::kArray, name);
    std::uint32_t count = 0;
    ++at_;
    skip_space();
    if (at_ != end_ && *at_ == ']') {
      ++at_;
      return true;
    }
    for (count = 1;; ++count) {
      if (!value({}, depth + 1)) return false;
      skip_space();
      if (at_ == end_ || (*at_ != ',' && *at_ != ']')) return unexpected("',' or ']'");
      if (*at_++ == ']') break;
      skip_space();
    }
    close_node(index, count);
    return true;
  }

  bool object(std::string_view name, int depth) {
    if (depth == kMaxDepth) return too_deep();
    const std::uint32_t index = add_node(Kind::kObject, name);
    std::uint32_t count = 0;
    ++at_;
    skip_space();
    if (at_ != end_ && *at_ == '}') {
      ++at_;
      return true;
    }
    for (count = 1;; ++count) {
      if (at_ == end_ || *at_ != '"') return unexpected("a member's name in quotes");
      std::string_view member;
      if (!string(member)) return false;
      skip_space();
      if (at_ == end_ || *at_ != ':') return unexpected("':'");
      ++at_;
      skip_space();
      if (!value(member, depth + 1)) return false;
      skip_space();
      if (at_ == end_ || (*at_ != ',' && *at_ != '}')) return unexpected("',' or '}'");
      if (*at_++ == '}') break;
      skip_space();
    }
    close_node(index, count);
    return no_member_twice(index);
  }

  bool too_deep() {
    return fail(ErrorId::kJsonTooDeep, fmt::format("nests deeper than {} levels", kMaxDepth), at_);
  }

  bool no_member_twice(std::uint32_t object_index) {
    std::vector<std::uint32_t>& members = member_scratch_;
    members.clear();
    const std::uint32_t end = document_.nodes_[object_index].end;
    for (std::uint32_t i = object_index + 1; i < end; i = document_.nodes_[i].end) members.push_back(i);
    const auto name_of = [&](std::uint32_t i) { return document_.nodes_[i].name; };
    // Few members, as nearly always: comparing all pairs beats sorting. Many: sorting bounds hostile input.
    if (members.size() <= 12) {
      for (std::size_t i = 1; i < members.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          if (name_of(members[i]) == name_of(members[j])) return duplicate(members[i]);
        }
      }
      return true;
    }
    std::ranges::stable_sort(members, {}, name_of);
    const auto twice = std::ranges::adjacent_find(members, {}, name_of);
    return twice == members.end() || duplicate(*std::next(twice));
  }

  bool duplicate(std::uint32_t index) {
    const Node& node = document_.nodes_[index];
    return fail(ErrorId::kJsonDuplicateKey, fmt::format("member '{}' appears twice in one object", node.name),
                text_.data() + node.offset_bytes);
  }

  bool string(std::string_view& result) {
    const char* first = ++at_;
    while (at_ != end_ && kOrdinary[static_cast<unsigned char>(*at_)]) ++at_;
    if (at_ != end_ && *at_ == '"') {
      result = {first, static_cast<std::size_t>(at_++ - first)};
      return true;
    }
    return odd_string(first, result);
  }

  // Goes on where something other than printable ASCII was met.
  bool odd_string(const char* first, std::string_view& result) {
    while (at_ != end_ && *at_ != '"' && *at_ != '\\') {
      if (static_cast<unsigned char>(*at_) < 0x20) return control_character();
      ++at_;
    }
    if (at_ == end_) return unexpected("a closing quote");
    if (*at_ == '\\') return string_with_escapes(first, result);
    result = {first, static_cast<std::size_t>(at_++ - first)};
    return octets::is_utf8(result) || fail(ErrorId::kJsonSyntax, "a string is not valid UTF-8", first);
  }

  bool control_character() {
    return fail(ErrorId::kJsonSyntax, "a control character stands unescaped in a string", at_);
  }

  bool string_with_escapes(const char* first, std::string_view& result) {
    std::string decoded(first, at_);
    for (;;) {
      if (at_ == end_) return unexpected("a closing quote");
      const char c = *at_;
      if (c == '"') break;
      if (static_cast<unsigned char>(c) < 0x20) return control_character();
      ++at_;
      if (c != '\\') {
        decoded.push_back(c);
      } else if (!escape(decoded)) {
        return false;
      }
    }
    ++at_;
    if (!octets::is_utf8(decoded)) return fail(ErrorId::kJsonSyntax, "a string is not valid UTF-8", first);
    // A deque, because views of its strings must survive its growth.
    result = document_.decoded_.emplace_back(std::move(decoded));
    return true;
  }

  bool escape(std::string& decoded) {
    if (at_ == end_) return unexpected("a character after '\\'");
    const char* where = at_ - 1;
    switch (*at_++) {
      case '"':
        decoded += '"';
        return true;
      case '\\':
        decoded += '\\';
        return true;
      case '/':
        decoded += '/';
        return true;
      case 'b':
        decoded += '\b';
        return true;
      case 'f':
        decoded += '\f';
        return true;
      case 'n':
        decoded += '\n';
        return true;
      case 'r':
        decoded += '\r';
        return true;
      case 't':
        decoded += '\t';
        return true;
      case 'u':
        return unicode_escape(decoded, where);
      default:
        return fail(ErrorId::kJsonSyntax, "unknown escape in a string", where);
    }
  }

  bool four_hex_digits(unsigned& unit) {
    unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const int digit = at_ == end_ ? -1 : octets::detail::hex_value(*at_);
      if (digit < 0) return unexpected("a hexadecimal digit");
      unit = unit << 4 | static_cast<unsigned>(digit);
    }
    return true;
  }

  bool unicode_escape(std::string& decoded, const char* where) {
    unsigned unit = 0;
    if (!four_hex_digits(unit)) return false;
    std::uint8_t utf16[4] = {static_cast<std::uint8_t>(unit), static_cast<std::uint8_t>(unit >> 8)};
    std::size_t used = 2;
    if (unit >= 0xd800 && unit < 0xdc00 && end_ - at_ >= 2 && at_[0] == '\\' && at_[1] == 'u') {
      at_ += 2;
      if (!four_hex_digits(unit)) return false;
      utf16[2] = static_cast<std::uint8_t>(unit);
      utf16[3] = static_cast<std::uint8_t>(unit >> 8);
      used = 4;
    }
    const octets::Utf8Text text = octets::utf8_from_utf16le({utf16, used});
    if (!text.lossless) return fail(ErrorId::kJsonSyntax, "half of a surrogate pair in a string", where);
    decoded += text.text;
    return true;
  }

  Document& document_;
  std::string_view text_;
  std::string_view file_;
  const char* at_;
  const char* end_;
  std::vector<std::uint32_t> member_scratch_;
  bool failed_ = false;
  ErrorId id_ = ErrorId::kJsonSyntax;
  std::string message_;
  const char* where_ = nullptr;
};

Result<Value> Document::parse(std::string_view text, std::string_view file) {
  return Parser(*this, text, file).run();
}

}  // namespace nonvol::json
