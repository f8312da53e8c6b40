#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nonvol::qmp {

// A request's text: base64 of a blob of 47 MiB fits. QEMU's own limit for one token is as large.
inline constexpr std::size_t kMaxRequestBytes = std::size_t{64} << 20;

// Finds where JSON values begin and end in what a client sends: one behind the other, with or without white
// space between them, in any pieces. It does not judge them, but for what keeps ends from being found. One
// thread.
class RequestStream {
 public:
  struct Item {
    enum class Kind {
      kText,     // one value, or what can be none and is the parser's to refuse
      kStray,    // bytes that end a value before its end: a control character inside a string, or 0xff
      kTooLong,  // nothing behind it can be told apart any more
    };
    Kind kind;
    std::string text;
  };

  void feed(std::string_view bytes) { buffer_.append(bytes); }
  // Nothing: more bytes are needed.
  std::optional<Item> next();

 private:
  std::optional<Item> take(Item::Kind kind, std::size_t end);
  bool ends_value(char c);
  void skip_between();

  std::string buffer_;
  std::size_t start_ = 0;  // of the value that is being read
  std::size_t at_ = 0;     // of the byte to look at next
  bool inside_ = false;    // a value has begun
  bool word_ = false;      // and is neither object, array nor string
  bool in_string_ = false;
  bool escaped_ = false;
  bool recovering_ = false;  // after stray bytes: up to a place where a value may begin
  std::int64_t braces_ = 0;
  std::int64_t brackets_ = 0;
};

// The value at `offset` of a JSON text, white space outside its strings left out, so that it can stand in a
// one-line answer.
std::string compact_value(std::string_view text, std::size_t offset);

}  // namespace nonvol::qmp
