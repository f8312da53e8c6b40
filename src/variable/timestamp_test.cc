#include "variable/timestamp.h"

#include <gmock/gmock.h>

#include <vector>

#include "testing/store_builder.h"

namespace nonvol::variable {
namespace {

using test_stores::ByteVector;
using test_stores::efi_time;

// `offset` of EFI_TIME holds `values` in an otherwise good stamp.
std::optional<std::string> text_with(std::uint64_t offset_bytes, std::initializer_list<std::uint8_t> values) {
  ByteVector raw = efi_time(2024, 2, 29, 23, 59, 59);
  test_stores::poke(raw, offset_bytes, values);
  const auto stamp = parse_timestamp(raw);
  return stamp ? rfc3339(*stamp) : std::nullopt;
}

TEST(Timestamp, ReadsEveryField) {
  const ByteVector raw{0xe8, 0x07, 2, 29, 23, 58, 57, 0, 0x15, 0xcd, 0x5b, 0x07, 0xc4, 0xff, 3, 0};
  const auto stamp = parse_timestamp(raw);
  ASSERT_TRUE(stamp);
  EXPECT_EQ(stamp->year, 2024);
  EXPECT_EQ(stamp->month, 2);
  EXPECT_EQ(stamp->day, 29);
  EXPECT_EQ(stamp->hour, 23);
  EXPECT_EQ(stamp->minute, 58);
  EXPECT_EQ(stamp->second, 57);
  EXPECT_EQ(stamp->nanosecond, 123456789u);
  EXPECT_EQ(stamp->zone_minutes, -60);
  EXPECT_EQ(stamp->daylight, 3);
  EXPECT_TRUE(std::ranges::equal(stamp->raw, raw));
  EXPECT_EQ(rfc3339(*stamp), "2024-02-29T22:58:57.123456789Z");
}

TEST(Timestamp, OfZerosOrAnotherSizeIsNone) {
  EXPECT_FALSE(parse_timestamp(ByteVector(16, 0)));
  EXPECT_FALSE(parse_timestamp(ByteVector(15, 1)));
  EXPECT_FALSE(parse_timestamp({}));
}

TEST(Timestamp, IsWrittenInUtc) {
  EXPECT_EQ(text_with(0, {}), "2024-02-29T23:59:59Z");
  EXPECT_EQ(text_with(12, {60, 0}), "2024-03-01T00:59:59Z");
  EXPECT_EQ(text_with(12, {0x60, 0xfa}), "2024-02-28T23:59:59Z") << "-1440";
  EXPECT_EQ(text_with(8, {0x00, 0x65, 0xcd, 0x1d}), "2024-02-29T23:59:59.5Z");
}

TEST(Timestamp, OutOfRangeHasNoText) {
  EXPECT_EQ(text_with(0, {0, 0}), std::nullopt);
  EXPECT_EQ(text_with(0, {0xff, 0xff}), std::nullopt);
  EXPECT_EQ(text_with(0, {0x6b, 0x07}), std::nullopt) << "1899";
  EXPECT_EQ(text_with(0, {0xe7, 0x07}), std::nullopt) << "29 February 2023";
  EXPECT_EQ(text_with(2, {13}), std::nullopt);
  EXPECT_EQ(text_with(3, {0}), std::nullopt);
  EXPECT_EQ(text_with(3, {255}), std::nullopt);
  EXPECT_EQ(text_with(4, {24}), std::nullopt);
  EXPECT_EQ(text_with(5, {60}), std::nullopt);
  EXPECT_EQ(text_with(6, {60}), std::nullopt);
  EXPECT_EQ(text_with(8, {0x00, 0xca, 0x9a, 0x3b}), std::nullopt) << "1e9 nanoseconds";
  EXPECT_EQ(text_with(12, {0xff, 0x07}), std::nullopt) << "zone not specified";
  EXPECT_EQ(text_with(12, {0x00, 0x80}), std::nullopt);
}

TEST(Timestamp, BeyondTheLastYearHasNoText) {
  ByteVector raw = efi_time(9999, 12, 31, 23, 59, 59);
  EXPECT_EQ(rfc3339(*parse_timestamp(raw)), "9999-12-31T23:59:59Z");
  raw[12] = 1;
  EXPECT_EQ(rfc3339(*parse_timestamp(raw)), std::nullopt);
}

TEST(Timestamp, OfGarbageDoesNotCrash) {
  for (unsigned byte = 1; byte < 256; ++byte) {
    const auto stamp = parse_timestamp(ByteVector(16, static_cast<std::uint8_t>(byte)));
    ASSERT_TRUE(stamp);
    EXPECT_EQ(rfc3339(*stamp), std::nullopt);
  }
}

}  // namespace
}  // namespace nonvol::variable
