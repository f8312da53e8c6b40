#include <gmock/gmock.h>

#include <array>
#include <vector>

#include "octets/guid.h"
#include "octets/reader.h"
#include "octets/text.h"

namespace nonvol::octets {
namespace {

constexpr Guid kGlobal = guid_literal("8be4df61-93ca-11d2-aa0d-00e098032b8c");

TEST(Guid, IsMixedEndian) {
  EXPECT_THAT(kGlobal.bytes, testing::ElementsAre(0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11, 0xaa, 0x0d,
                                                  0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c));
  EXPECT_EQ(kGlobal.text(), "8be4df61-93ca-11d2-aa0d-00e098032b8c");
  EXPECT_EQ(parse_guid("8BE4DF61-93CA-11D2-AA0D-00E098032B8C"), kGlobal);
}

TEST(Guid, RefusesOtherForms) {
  for (const char* text :
       {"", "8be4df61", "8be4df6193ca11d2aa0d00e098032b8c", "8be4df61-93ca-11d2-aa0d-00e098032b8",
        "8be4df61-93ca-11d2-aa0d-00e098032b8g", "8be4df61+93ca-11d2-aa0d-00e098032b8c",
        "{8be4df61-93ca-11d2-aa0d-00e098032b8c}"}) {
    EXPECT_EQ(parse_guid(text), std::nullopt) << text;
  }
}

TEST(Reader, ReadsLittleEndianInOrder) {
  const std::array<std::uint8_t, 15> bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  Reader reader(bytes, 0x100);
  EXPECT_EQ(reader.u8("a"), 0x01);
  EXPECT_EQ(reader.u16("b"), 0x0302);
  EXPECT_EQ(reader.u32("c"), 0x07060504u);
  EXPECT_EQ(reader.offset_bytes(), 0x107u);
  EXPECT_EQ(reader.u64("d"), 0x0f0e0d0c0b0a0908u);
  EXPECT_EQ(reader.left_bytes(), 0u);
  EXPECT_FALSE(reader.failure());
}

TEST(Reader, RemembersTheFirstFieldThatDoesNotFit) {
  const std::array<std::uint8_t, 5> bytes{1, 2, 3, 4, 5};
  Reader reader(bytes, 0x20);
  EXPECT_EQ(reader.u16("first"), 0x0201);
  EXPECT_EQ(reader.u64("second"), 0u);
  EXPECT_EQ(reader.u8("third"), 0u) << "nothing is read behind a failure";
  ASSERT_TRUE(reader.failure());
  EXPECT_EQ(describe(*reader.failure()), "'second' at offset 0x22 needs 8 bytes, 3 are left");
}

TEST(Reader, TakesSizesThatWouldOverflow) {
  const std::array<std::uint8_t, 4> bytes{};
  Reader reader(bytes);
  EXPECT_TRUE(reader.bytes("huge", ~0ull).empty());
  EXPECT_TRUE(reader.failure());
}

std::vector<std::uint8_t> utf16(std::u16string_view text) {
  std::vector<std::uint8_t> result;
  for (const char16_t unit : text) {
    result.push_back(static_cast<std::uint8_t>(unit));
    result.push_back(static_cast<std::uint8_t>(unit >> 8));
  }
  return result;
}

TEST(Utf16, BecomesUtf8) {
  const Utf8Text text = utf8_from_utf16le(utf16(u"Boot\u00e9\u20ac\U0001f600"));
  EXPECT_EQ(text.text, "Boot\u00e9\u20ac\U0001f600");
  EXPECT_TRUE(text.lossless);
  EXPECT_TRUE(is_utf8(text.text));
}

TEST(Utf16, SaysWhatItCouldNotKeep) {
  for (const std::u16string& broken :
       {std::u16string{0xd800}, std::u16string{0xdc00}, std::u16string{0xd800, u'a'}}) {
    const Utf8Text text = utf8_from_utf16le(utf16(broken));
    EXPECT_FALSE(text.lossless);
    EXPECT_TRUE(is_utf8(text.text));
  }
  const std::array<std::uint8_t, 3> odd{'a', 0, 'b'};
  EXPECT_FALSE(utf8_from_utf16le(odd).lossless);
}

TEST(Utf8, RefusesOverlongFormsAndSurrogates) {
  EXPECT_TRUE(is_utf8("plain \u00e9 \u20ac \U0001f600"));
  for (const char* text : {"\x80", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                           "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "a\xff"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(Hex, RoundTrips) {
  const std::vector<std::uint8_t> bytes{0x00, 0x7f, 0xa5, 0xff};
  EXPECT_EQ(to_hex(bytes), "007fa5ff");
  EXPECT_EQ(from_hex("007FA5ff"), bytes);
  EXPECT_EQ(from_hex("0"), std::nullopt);
  EXPECT_EQ(from_hex("0g"), std::nullopt);
}

TEST(Hexdump, LooksLikeHexdumpC) {
  const std::vector<std::uint8_t> bytes{'U', 'E', 'F', 'I', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0xff};
  EXPECT_EQ(hexdump(bytes, 0x20),
            "00000020  55 45 46 49 00 01 02 03  04 05 06 07 08 09 0a 0b  |UEFI............|\n"
            "00000030  ff                                                |.|\n");
}

TEST(Sum16, AddsLittleEndianWords) {
  const std::vector<std::uint8_t> bytes{0xff, 0xff, 0x02, 0x00, 0x01};
  EXPECT_EQ(sum16(bytes), 0x0002);
}

TEST(AllEqual, LooksAtEveryByte) {
  EXPECT_TRUE(all_equal({}, 0xff));
  std::vector<std::uint8_t> bytes(100, 0xff);
  EXPECT_TRUE(all_equal(bytes, 0xff));
  EXPECT_FALSE(all_equal(bytes, 0x00));
  bytes.back() = 0;
  EXPECT_FALSE(all_equal(bytes, 0xff));
}

TEST(Numbers, AreGroupedForPeople) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(540672), "540,672");
  EXPECT_EQ(with_commas(67108864), "67,108,864");
}

}  // namespace
}  // namespace nonvol::octets
