#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"
#include "vnvram/der.h"

// A device's fields as one DER SEQUENCE inside its blob (docs/formats/nvram-image.md, "The seed's
// functions").
namespace nonvol::vnvram {

// Goes through a device's fields in the order in which the device names them. One description serves writing,
// reading and measuring:
//
//   Result<void> fields(Visitor& visitor) {
//     visitor.u64("counter", counter);
//     visitor.octets("seed", seed, 32);
//     return {};
//   }
//
// On input the values are set, on output they are taken, when measuring they are left alone and the largest
// encoding is counted; a field that depends on another's value must then be visited in any case. The first
// failure is kept, what follows does nothing; the device need not look at it, and must not use what it read
// before decode_fields() has said that all was well. Field names stand in messages only. One thread.
class Visitor {
 public:
  enum class Mode { kInput, kOutput, kMeasure };
  static constexpr std::size_t kMaxDepth = 16;

  // Of output, or measuring.
  explicit Visitor(Mode mode) : mode_(mode) {}
  // Of input: the SEQUENCE's content, which must outlive the visitor.
  explicit Visitor(octets::Bytes content) : mode_(Mode::kInput) {
    levels_.push_back(DerReader(content, failure_));
  }
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;

  Mode mode() const { return mode_; }

  void u64(std::string_view field, std::uint64_t& value);
  void boolean(std::string_view field, bool& value);
  // At most `max_bytes`, in both directions.
  void octets(std::string_view field, std::vector<std::uint8_t>& value, std::uint64_t max_bytes);
  void utf8(std::string_view field, std::string& value, std::uint64_t max_bytes);
  // Fields between them are a SEQUENCE of their own; at most 16 inside each other.
  void begin(std::string_view field);
  void end();

  // For what only the device can see to be wrong: "'version' is 3, known are 1 and 2".
  void fail(std::string_view field, std::string_view problem);
  bool ok() const { return failure_.empty(); }
  const std::string& failure() const { return failure_; }

  // Says that there are no more fields. Whether all was well is in failure().
  void finish();
  // Of output, after finish(): the fields, without the SEQUENCE around them.
  const std::vector<std::uint8_t>& bytes() const { return writer_.bytes(); }
  // When measuring, after finish(): likewise.
  std::uint64_t largest_bytes() const { return sizes_bytes_.front(); }

 private:
  void count(std::uint64_t content_bytes);
  bool fits(std::string_view field, std::uint64_t size_bytes, std::uint64_t max_bytes);

  Mode mode_;
  std::string failure_;
  std::vector<std::string> open_;  // names of what was begun
  DerWriter writer_;
  std::vector<DerReader> levels_;
  std::vector<std::uint64_t> sizes_bytes_{0};
};

using Fields = std::function<Result<void>(Visitor&)>;

// What is behind the fields' SEQUENCE: the length of an atomic blob is that of its fields; those of a plain
// one are followed by whatever fills the blob.
enum class Behind { kNothing, kFiller };

// Errors of all three: kVisitorField, whose message names the field, and what `fields` itself returns.
Result<std::vector<std::uint8_t>> encode_fields(const Fields& fields);
Result<void> decode_fields(octets::Bytes bytes, Behind behind, const Fields& fields);
// The most that encode_fields() can give: the capacity to register.
Result<std::uint64_t> measure_fields(const Fields& fields);

}  // namespace nonvol::vnvram
