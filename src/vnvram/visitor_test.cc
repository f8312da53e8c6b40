#include "vnvram/visitor.h"

#include <gmock/gmock.h>

#include <limits>

#include "octets/text.h"
#include "testing/expect.h"

namespace nonvol::vnvram {
namespace {

using ::testing::HasSubstr;

// A device with a field of each kind, some inside others.
struct Device {
  std::uint64_t counter = 0;
  bool locked = false;
  std::vector<std::uint8_t> seed;
  std::string owner;

  Result<void> fields(Visitor& visitor) {
    visitor.u64("counter", counter);
    visitor.begin("secrets");
    visitor.boolean("locked", locked);
    visitor.octets("seed", seed, 32);
    visitor.end();
    visitor.utf8("owner", owner, 8);
    return {};
  }
  Fields description() {
    return [this](Visitor& visitor) { return fields(visitor); };
  }
  friend bool operator==(const Device&, const Device&) = default;
};

std::vector<std::uint8_t> bytes(std::string_view hex) {
  return octets::from_hex(hex).value();
}

Error failure_of(const std::vector<std::uint8_t>& encoded, Behind behind = Behind::kNothing) {
  Device device;
  Result<void> decoded = decode_fields(encoded, behind, device.description());
  return decoded ? Error(ErrorId::kImpossible, "nothing failed") : decoded.error();
}

TEST(Visitor, WritesOneDerSequence) {
  Device device{300, true, {0xaa, 0xbb}, "tpm"};
  const auto encoded = encode_fields(device.description());
  ASSERT_OK(encoded);
  EXPECT_EQ(octets::to_hex(*encoded),
            "3012"
            "0202012c"
            "3007"
            "0101ff"
            "0402aabb"
            "0c0374706d");
}

TEST(Visitor, ReadsWhatItWrote) {
  Device written{std::numeric_limits<std::uint64_t>::max(), true, std::vector<std::uint8_t>(32, 7), "swtpm"};
  const auto encoded = encode_fields(written.description());
  ASSERT_OK(encoded);
  Device read;
  ASSERT_OK(decode_fields(*encoded, Behind::kNothing, read.description()));
  EXPECT_EQ(read, written);
}

TEST(Visitor, MeasuresTheLargestEncoding) {
  Device device;
  const auto measured = measure_fields(device.description());
  ASSERT_OK(measured);
  EXPECT_EQ(device, Device());
  Device largest{std::numeric_limits<std::uint64_t>::max(), true, std::vector<std::uint8_t>(32, 0xff),
                 "12345678"};
  EXPECT_EQ(encode_fields(largest.description())->size(), *measured);
}

TEST(Visitor, IgnoresFillerOnlyWhereThereIsSome) {
  Device device{1, false, {}, ""};
  std::vector<std::uint8_t> encoded = encode_fields(device.description()).value();
  encoded.resize(encoded.size() + 100);
  Device read;
  EXPECT_OK(decode_fields(encoded, Behind::kFiller, read.description()));
  EXPECT_EQ(read, device);
  EXPECT_THAT(failure_of(encoded).message, HasSubstr("100 bytes too many"));
}

TEST(Visitor, NamesTheFieldThatIsWrong) {
  // The counter is an OCTET STRING.
  EXPECT_EQ(failure_of(bytes("30030401ff")).message, "the field 'counter' has the tag 0x04 instead of 0x02");
  EXPECT_EQ(failure_of(bytes("3003020100")).message, "the field 'secrets' is missing");
  // A boolean that is neither of DER's.
  EXPECT_EQ(failure_of(bytes("30080201003003010101")).message,
            "the field 'locked' is neither of the two DER booleans");
  // An integer with a needless zero in front.
  EXPECT_THAT(failure_of(bytes("300402020001")).message, HasSubstr("'counter' is an integer that is not in"));
  // One field too many, inside and outside.
  EXPECT_EQ(failure_of(bytes("300e02010030050101000400"
                             "0c000c00"))
                .message,
            "the field 'the whole' has 2 bytes too many");
  EXPECT_EQ(failure_of(bytes("300e02010030070101000400"
                             "04000c00"))
                .message,
            "the field 'secrets' has 2 bytes too many");
  EXPECT_EQ(failure_of({}).message, "the field 'the whole' is missing");
}

TEST(Visitor, KeepsToTheLimitsOfFields) {
  const auto fields = [](std::vector<std::uint8_t>& value, std::uint64_t max_bytes) -> Fields {
    return [&value, max_bytes](Visitor& visitor) -> Result<void> {
      visitor.octets("seed", value, max_bytes);
      return {};
    };
  };
  std::vector<std::uint8_t> value(33, 1);
  EXPECT_ERROR(encode_fields(fields(value, 32)), kVisitorField);
  const auto encoded = encode_fields(fields(value, 33));
  ASSERT_OK(encoded);
  std::vector<std::uint8_t> read{9};
  const auto decoded = decode_fields(*encoded, Behind::kNothing, fields(read, 32));
  EXPECT_ERROR(decoded, kVisitorField);
  EXPECT_EQ(decoded.error().message, "the field 'seed' is 33 bytes long, at most 32 are allowed");
  EXPECT_THAT(read, ::testing::ElementsAre(9));

  std::string text = "\xff";
  EXPECT_ERROR(encode_fields([&](Visitor& visitor) -> Result<void> {
                 visitor.utf8("owner", text, 8);
                 return {};
               }),
               kVisitorField);
}

TEST(Visitor, RefusesBeginAndEndThatDoNotBelongTogether) {
  for (const Visitor::Mode mode : {Visitor::Mode::kOutput, Visitor::Mode::kMeasure}) {
    Visitor visitor(mode);
    visitor.end();
    EXPECT_EQ(visitor.failure(), "'end' has nothing to end");
  }
  EXPECT_ERROR(measure_fields([](Visitor& visitor) -> Result<void> {
                 visitor.begin("open");
                 return {};
               }),
               kVisitorField);
  EXPECT_ERROR(encode_fields([](Visitor& visitor) -> Result<void> {
                 for (std::size_t i = 0; i <= Visitor::kMaxDepth; ++i) visitor.begin("deep");
                 for (std::size_t i = 0; i <= Visitor::kMaxDepth; ++i) visitor.end();
                 return {};
               }),
               kVisitorField);
}

TEST(Visitor, LetsTheDeviceRefuse) {
  EXPECT_ERROR(encode_fields([](Visitor& visitor) -> Result<void> {
                 visitor.fail("version", "is 3, known are 1 and 2");
                 return {};
               }),
               kVisitorField);
  EXPECT_ERROR(encode_fields([](Visitor&) -> Result<void> {
                 return Error(ErrorId::kContradiction, "the device has its reasons");
               }),
               kContradiction);
}

}  // namespace
}  // namespace nonvol::vnvram
