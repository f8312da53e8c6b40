#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "octets/reader.h"

// The part of DER (ITU-T X.690, chapters 8 and 10) that NVRAM images use: one-byte tags, definite lengths in
// their shortest form, integers from 0 to 2^64-1.
namespace nonvol::vnvram {

enum DerTag : std::uint8_t {
  kDerBoolean = 0x01,
  kDerInteger = 0x02,
  kDerOctetString = 0x04,
  kDerUtf8String = 0x0c,
  kDerSequence = 0x30,
  kDerSlack = 0x80,  // [0] IMPLICIT OCTET STRING
};
constexpr std::uint8_t kDerConstructedContext = 0xa0;  // + number
constexpr std::uint8_t kDerPrimitiveContext = 0x80;    // + number

struct DerHeader {
  std::uint8_t tag = 0;
  unsigned header_bytes = 0;
  std::uint64_t content_bytes = 0;
};

// Tag and length octets at the front of `bytes`, which may end before the content does. What is wrong with
// them goes to `problem` (a few words); nothing is returned then.
std::optional<DerHeader> read_der_header(octets::Bytes bytes, std::string_view& problem);

// How many octets tag and length of so much content take: 2 to 10.
unsigned der_header_bytes(std::uint64_t content_bytes);
void append_der_header(std::vector<std::uint8_t>& to, std::uint8_t tag, std::uint64_t content_bytes);

// Builds a DER value from the inside out.
class DerWriter {
 public:
  void integer(std::uint64_t value);
  void boolean(bool value);
  void utf8(std::string_view text);
  void octets(octets::Bytes bytes, std::uint8_t tag = kDerOctetString);
  void begin(std::uint8_t tag = kDerSequence);
  void end();
  // What was written; nothing may be open.
  const std::vector<std::uint8_t>& bytes() const { return levels_.front().content; }

 private:
  struct Level {
    std::uint8_t tag;
    std::vector<std::uint8_t> content;
  };
  void append(std::uint8_t tag, octets::Bytes content);
  std::vector<Level> levels_{Level{0, {}}};
};

// Reads elements in order, strictly. The first failure is kept in the string that all readers of one value
// share; from then on every read gives zero or nothing. Check `failure` before using what was read.
class DerReader {
 public:
  DerReader(octets::Bytes bytes, std::string& failure) : left_(bytes), failure_(failure) {}

  bool ok() const { return failure_.empty(); }
  bool at_end() const { return left_.empty(); }
  bool next_is(std::uint8_t tag) const { return ok() && !left_.empty() && left_.front() == tag; }

  std::uint64_t integer(std::string_view field);
  bool boolean(std::string_view field);
  std::string_view utf8(std::string_view field);
  octets::Bytes octets(std::string_view field, std::uint8_t tag = kDerOctetString);
  DerReader inside(std::string_view field, std::uint8_t tag = kDerSequence);
  // Fails if anything is left.
  void finish(std::string_view field);
  void fail(std::string_view field, std::string_view problem);
  octets::Bytes left() const { return left_; }

 private:
  octets::Bytes element(std::string_view field, std::uint8_t tag);

  octets::Bytes left_;
  std::string& failure_;
};

}  // namespace nonvol::vnvram
