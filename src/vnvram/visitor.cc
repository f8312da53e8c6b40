#include "vnvram/visitor.h"

#include <fmt/format.h>

#include "octets/text.h"

namespace nonvol::vnvram {
namespace {

// 2^64-1 as an INTEGER: a zero in front keeps it from being negative.
constexpr std::uint64_t kLargestIntegerBytes = 9;

Error field_error(const std::string& failure) {
  return Error(ErrorId::kVisitorField, fmt::format("the field {}", failure));
}

// Lets the device go through its fields; its own reason to stop comes before what the visitor found.
Result<void> visit(Visitor& visitor, const Fields& fields) {
  if (Result<void> done = fields(visitor); !done) return done.error();
  visitor.finish();
  if (!visitor.ok()) return field_error(visitor.failure());
  return {};
}

}  // namespace

void Visitor::u64(std::string_view field, std::uint64_t& value) {
  if (!ok()) return;
  switch (mode_) {
    case Mode::kInput:
      value = levels_.back().integer(field);
      break;
    case Mode::kOutput:
      writer_.integer(value);
      break;
    case Mode::kMeasure:
      count(kLargestIntegerBytes);
      break;
  }
}

void Visitor::boolean(std::string_view field, bool& value) {
  if (!ok()) return;
  switch (mode_) {
    case Mode::kInput:
      value = levels_.back().boolean(field);
      break;
    case Mode::kOutput:
      writer_.boolean(value);
      break;
    case Mode::kMeasure:
      count(1);
      break;
  }
}

void Visitor::octets(std::string_view field, std::vector<std::uint8_t>& value, std::uint64_t max_bytes) {
  if (!ok()) return;
  if (mode_ == Mode::kMeasure) return count(max_bytes);
  if (mode_ == Mode::kOutput) {
    if (fits(field, value.size(), max_bytes)) writer_.octets(value);
    return;
  }
  const octets::Bytes read = levels_.back().octets(field);
  if (ok() && fits(field, read.size(), max_bytes)) value.assign(read.begin(), read.end());
}

void Visitor::utf8(std::string_view field, std::string& value, std::uint64_t max_bytes) {
  if (!ok()) return;
  if (mode_ == Mode::kMeasure) return count(max_bytes);
  if (mode_ == Mode::kOutput) {
    if (!fits(field, value.size(), max_bytes)) return;
    if (!octets::is_utf8(value)) return fail(field, "is not UTF-8");
    return writer_.utf8(value);
  }
  const std::string_view read = levels_.back().utf8(field);
  if (ok() && fits(field, read.size(), max_bytes)) value = read;
}

void Visitor::begin(std::string_view field) {
  if (!ok()) return;
  if (open_.size() == kMaxDepth) return fail(field, fmt::format("is inside {} others", kMaxDepth));
  open_.emplace_back(field);
  if (mode_ == Mode::kInput) levels_.push_back(levels_.back().inside(field));
  if (mode_ == Mode::kOutput) writer_.begin();
  if (mode_ == Mode::kMeasure) sizes_bytes_.push_back(0);
}

void Visitor::end() {
  if (!ok()) return;
  if (open_.empty()) return fail("end", "has nothing to end");
  if (mode_ == Mode::kInput) {
    levels_.back().finish(open_.back());
    levels_.pop_back();
  }
  if (mode_ == Mode::kOutput) writer_.end();
  if (mode_ == Mode::kMeasure) {
    const std::uint64_t inside_bytes = sizes_bytes_.back();
    sizes_bytes_.pop_back();
    count(inside_bytes);
  }
  open_.pop_back();
}

void Visitor::fail(std::string_view field, std::string_view problem) {
  if (ok()) failure_ = fmt::format("'{}' {}", field, problem);
}

void Visitor::finish() {
  if (!ok()) return;
  if (!open_.empty()) return fail(open_.back(), "was begun and not ended");
  if (mode_ == Mode::kInput) levels_.back().finish("the whole");
}

void Visitor::count(std::uint64_t content_bytes) {
  sizes_bytes_.back() += der_header_bytes(content_bytes) + content_bytes;
}

bool Visitor::fits(std::string_view field, std::uint64_t size_bytes, std::uint64_t max_bytes) {
  if (size_bytes <= max_bytes) return true;
  fail(field, fmt::format("is {} bytes long, at most {} are allowed", size_bytes, max_bytes));
  return false;
}

Result<std::vector<std::uint8_t>> encode_fields(const Fields& fields) {
  Visitor visitor(Visitor::Mode::kOutput);
  if (Result<void> visited = visit(visitor, fields); !visited) return visited.error();
  std::vector<std::uint8_t> result;
  append_der_header(result, kDerSequence, visitor.bytes().size());
  result.insert(result.end(), visitor.bytes().begin(), visitor.bytes().end());
  return result;
}

Result<void> decode_fields(octets::Bytes bytes, Behind behind, const Fields& fields) {
  std::string failure;
  DerReader whole(bytes, failure);
  const octets::Bytes content = whole.octets("the whole", kDerSequence);
  if (behind == Behind::kNothing) whole.finish("the whole");
  if (!failure.empty()) return field_error(failure);
  Visitor visitor(content);
  return visit(visitor, fields);
}

Result<std::uint64_t> measure_fields(const Fields& fields) {
  Visitor visitor(Visitor::Mode::kMeasure);
  if (Result<void> visited = visit(visitor, fields); !visited) return visited.error();
  return der_header_bytes(visitor.largest_bytes()) + visitor.largest_bytes();
}

}  // namespace nonvol::vnvram
