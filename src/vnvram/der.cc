#include "vnvram/der.h"

#include <fmt/format.h>

#include "octets/text.h"

namespace nonvol::vnvram {
namespace {

unsigned length_octets(std::uint64_t content_bytes) {
  unsigned count = 1;
  while (count < 8 && content_bytes >> (8 * count) != 0) ++count;
  return count;
}

}  // namespace

std::optional<DerHeader> read_der_header(octets::Bytes bytes, std::string_view& problem) {
  if (bytes.size() < 2) {
    problem = "ends before tag and length do";
    return std::nullopt;
  }
  DerHeader header{bytes[0], 2, bytes[1]};
  if ((bytes[0] & 0x1f) == 0x1f) {
    problem = "has a tag of more than one octet";
    return std::nullopt;
  }
  if (bytes[1] < 0x80) return header;
  const unsigned count = bytes[1] & 0x7f;
  if (count == 0 || count > 8) {
    problem = count == 0 ? "has an indefinite length" : "has a length of more than eight octets";
    return std::nullopt;
  }
  if (bytes.size() < 2 + count) {
    problem = "ends before its length does";
    return std::nullopt;
  }
  header.header_bytes = 2 + count;
  header.content_bytes = 0;
  for (unsigned i = 0; i < count; ++i) header.content_bytes = header.content_bytes << 8 | bytes[2 + i];
  if (header.content_bytes < 0x80 || length_octets(header.content_bytes) != count) {
    problem = "has a length that is not in its shortest form";
    return std::nullopt;
  }
  return header;
}

unsigned der_header_bytes(std::uint64_t content_bytes) {
  return content_bytes < 0x80 ? 2 : 2 + length_octets(content_bytes);
}

void append_der_header(std::vector<std::uint8_t>& to, std::uint8_t tag, std::uint64_t content_bytes) {
  to.push_back(tag);
  if (content_bytes < 0x80) {
    to.push_back(static_cast<std::uint8_t>(content_bytes));
    return;
  }
  const unsigned count = length_octets(content_bytes);
  to.push_back(static_cast<std::uint8_t>(0x80 | count));
  for (unsigned i = count; i-- > 0;) to.push_back(static_cast<std::uint8_t>(content_bytes >> (8 * i)));
}

void DerWriter::append(std::uint8_t tag, octets::Bytes content) {
  std::vector<std::uint8_t>& to = levels_.back().content;
  append_der_header(to, tag, content.size());
  to.insert(to.end(), content.begin(), content.end());
}

void DerWriter::integer(std::uint64_t value) {
  std::vector<std::uint8_t> content;
  for (unsigned i = length_octets(value); i-- > 0;) {
    content.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  // A leading one bit would mean a negative number.
  if (content.front() & 0x80) content.insert(content.begin(), 0);
  append(kDerInteger, content);
}

void DerWriter::boolean(bool value) {
  const std::uint8_t content = value ? 0xff : 0x00;
  append(kDerBoolean, {&content, 1});
}

void DerWriter::utf8(std::string_view text) {
  append(kDerUtf8String, std::vector<std::uint8_t>(text.begin(), text.end()));
}

void DerWriter::octets(octets::Bytes bytes, std::uint8_t tag) {
  append(tag, bytes);
}

void DerWriter::begin(std::uint8_t tag) {
  levels_.push_back({tag, {}});
}

void DerWriter::end() {
  const Level level = std::move(levels_.back());
  levels_.pop_back();
  append(level.tag, level.content);
}

void DerReader::fail(std::string_view field, std::string_view problem) {
  if (failure_.empty()) failure_ = fmt::format("'{}' {}", field, problem);
  left_ = {};
}

octets::Bytes DerReader::element(std::string_view field, std::uint8_t tag) {
  if (!ok()) return {};
  // Nearly all elements are short and as expected; opening an image reads hundreds of them.
  if (left_.size() >= 2 && left_[0] == tag && left_[1] < 0x80 && left_[1] <= left_.size() - 2) {
    const octets::Bytes content = left_.subspan(2, left_[1]);
    left_ = left_.subspan(2 + content.size());
    return content;
  }
  if (left_.empty()) {
    fail(field, "is missing");
    return {};
  }
  std::string_view problem;
  const std::optional<DerHeader> header = read_der_header(left_, problem);
  if (!header) {
    fail(field, problem);
    return {};
  }
  if (header->tag != tag) {
    fail(field, fmt::format("has the tag 0x{:02x} instead of 0x{:02x}", header->tag, tag));
    return {};
  }
  if (header->content_bytes > left_.size() - header->header_bytes) {
    fail(field, fmt::format("is {} bytes long, {} are left", header->content_bytes,
                            left_.size() - header->header_bytes));
    return {};
  }
  const octets::Bytes content = left_.subspan(header->header_bytes, header->content_bytes);
  left_ = left_.subspan(header->header_bytes + header->content_bytes);
  return content;
}

std::uint64_t DerReader::integer(std::string_view field) {
  const octets::Bytes content = element(field, kDerInteger);
  if (!ok()) return 0;
  if (content.empty() || (content.size() > 1 && content[0] == 0 && !(content[1] & 0x80))) {
    fail(field, "is an integer that is not in its shortest form");
    return 0;
  }
  if (content[0] & 0x80 || content.size() > 9 || (content.size() == 9 && content[0] != 0)) {
    fail(field, "is not an integer from 0 to 2^64-1");
    return 0;
  }
  std::uint64_t value = 0;
  for (const std::uint8_t octet : content) value = value << 8 | octet;
  return value;
}

bool DerReader::boolean(std::string_view field) {
  const octets::Bytes content = element(field, kDerBoolean);
  if (!ok()) return false;
  if (content.size() != 1 || (content[0] != 0x00 && content[0] != 0xff)) {
    fail(field, "is neither of the two DER booleans");
    return false;
  }
  return content[0] == 0xff;
}

std::string_view DerReader::utf8(std::string_view field) {
  const octets::Bytes content = element(field, kDerUtf8String);
  const std::string_view text(reinterpret_cast<const char*>(content.data()), content.size());
  if (ok() && !octets::is_utf8(text)) fail(field, "is not UTF-8");
  return ok() ? text : std::string_view();
}

octets::Bytes DerReader::octets(std::string_view field, std::uint8_t tag) {
  return element(field, tag);
}

DerReader DerReader::inside(std::string_view field, std::uint8_t tag) {
  return DerReader(element(field, tag), failure_);
}

void DerReader::finish(std::string_view field) {
  if (ok() && !left_.empty()) fail(field, fmt::format("has {} bytes too many", left_.size()));
}

}  // namespace nonvol::vnvram
