#include "libvirt/well_formed.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

// "n" and "n.n" are sections of XML 1.0, fifth edition: https://www.w3.org/TR/xml/
namespace nonvol::libvirt {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kEntities[] = {"amp", "lt", "gt", "quot", "apos"};  // 4.6

bool is_space(char c) {
  return kSpace.find(c) != std::string_view::npos;
}

// 2.2, Char.
bool is_character(std::uint32_t code) {
  return code == 0x9 || code == 0xa || code == 0xd || (code >= 0x20 && code <= 0xd7ff) ||
         (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  std::optional<XmlTrouble> run() {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
    begin_ = at_;
    while (at_ < text_.size() && !trouble_) {
      if (text_[at_] == '<') {
        markup();
      } else {
        character();
      }
    }
    return trouble_;
  }

 private:
  bool has(std::string_view word) const { return text_.substr(at_).starts_with(word); }
  void refuse(std::string message) {
    if (!trouble_) trouble_ = XmlTrouble{at_, std::move(message)};
  }
  // To behind the next such word; to the end where there is none.
  std::string_view take_to(std::string_view word) {
    const std::size_t begin = at_;
    const std::size_t found = text_.find(word, at_);
    at_ = found == std::string_view::npos ? text_.size() : found + word.size();
    return text_.substr(begin, at_ - begin);
  }

  void markup() {
    if (has("<!--")) return comment();
    if (has("<![CDATA[")) {
      if (depth_ == 0) return refuse("text stands outside of the root element");
      take_to("]]>");
    } else if (has("<!")) {
      if (depth_ > 0) return refuse("a declaration stands inside an element");
      at_ = text_.size();  // a document type, which is refused as such
    } else if (has("<?")) {
      instruction();
    } else {
      tag();
    }
  }

  // 2.5: "--" ends a comment, and nothing else.
  void comment() {
    at_ += 4;
    take_to("--");
    if (at_ == text_.size()) return;
    if (text_[at_] != '>') {
      at_ -= 2;
      return refuse("a comment holds '--'");
    }
    ++at_;
  }

  // 2.6; 2.8 of the declaration.
  void instruction() {
    const std::string_view rest = text_.substr(at_ + 2);
    const std::string_view target = rest.substr(0, rest.find_first_of(" \t\r\n?"));
    const bool is_name = std::ranges::all_of(target, [](char c) {
      return static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
             (c >= 'a' && c <= 'z') || std::string_view("-._:").find(c) != std::string_view::npos;
    });
    const bool ends = rest.substr(target.size()).starts_with("?>") || target.size() == rest.size() ||
                      is_space(rest[target.size()]);
    if (target.empty() || !is_name || !ends)
      return refuse("the target of a processing instruction is no name");
    std::string lower(target);
    std::ranges::transform(lower, lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (lower == "xml" && (at_ != begin_ || target != "xml")) {
      return refuse("an XML declaration stands at the beginning of a document only");
    }
    if (lower == "xml") {
      const std::string_view said = rest.substr(target.size());
      const std::size_t word = said.find_first_not_of(kSpace);
      if (word == std::string_view::npos || !said.substr(word).starts_with("version")) {
        return refuse("the XML declaration does not say its version first");
      }
    }
    take_to("?>");
  }

  void tag() {
    const bool closes = has("</");
    char quote = 0;
    for (++at_; at_ < text_.size() && !trouble_; ++at_) {
      const char c = text_[at_];
      if (quote == 0 && c == '>') break;
      if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == quote) {
        quote = 0;
      } else if (c == '<') {
        return refuse("'<' stands inside a tag");
      } else if (c == '&') {
        reference();
      } else {
        noncharacter();
      }
    }
    if (trouble_ || at_ == text_.size()) return;
    const bool is_empty = text_[at_ - 1] == '/';
    ++at_;
    if (closes) {
      if (depth_ > 0) --depth_;
    } else if (!is_empty) {
      ++depth_;
    }
  }

  void character() {
    const char c = text_[at_];
    if (depth_ == 0 && !is_space(c)) return refuse("text stands outside of the root element");
    if (c == '&') reference();
    if (has("]]>")) return refuse("text holds ']]>'");  // 2.4
    noncharacter();
    ++at_;
  }

  // U+FFFE and U+FFFF; the controls are looked at elsewhere.
  void noncharacter() {
    if (has("\xef\xbf\xbe") || has("\xef\xbf\xbf")) refuse("a character that is not allowed in XML");
  }

  // 4.1. The '&' is here; what is left of it need not be looked at.
  void reference() {
    constexpr std::size_t kLongest = 64;
    const std::string_view rest = text_.substr(at_ + 1, kLongest);
    const std::size_t end = rest.find(';');
    const std::string_view name = rest.substr(0, end);
    if (end == std::string_view::npos || name.empty() || name.find_first_of(" \t\r\n<&\"'") != name.npos) {
      return refuse("'&' begins no reference; the character itself is written '&amp;'");
    }
    if (name.front() != '#') {
      if (std::ranges::find(kEntities, name) != std::end(kEntities)) return;
      return refuse(fmt::format("the entity '&{};' is not defined", name));
    }
    const bool is_hex = name.starts_with("#x");
    const std::string_view digits = name.substr(is_hex ? 2 : 1);
    std::uint32_t code = 0;
    const char* last = digits.data() + digits.size();
    const auto [read_to, error] = std::from_chars(digits.data(), last, code, is_hex ? 16 : 10);
    if (error != std::errc{} || read_to != last || !is_character(code)) {
      refuse(fmt::format("'&{};' is no character of XML", name));
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;  // behind the byte order mark
  std::size_t depth_ = 0;  // of open elements
  std::optional<XmlTrouble> trouble_;
};

}  // namespace

std::optional<XmlTrouble> well_formedness_trouble(std::string_view text) {
  return Scan(text).run();
}

}  // namespace nonvol::libvirt
