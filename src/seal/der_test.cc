#include "seal/der.h"

#include <gtest/gtest.h>

#include "octets/text.h"

namespace nonvol::seal {
namespace {

using octets::to_hex;

TEST(Der, WritesTheExamplesOfTheStandard) {
  // X.690, 8.19.5: {2 999 3}, and RSA's arcs as every certificate has them.
  EXPECT_EQ(to_hex(der_oid({2, 999, 3})), "0603883703");
  EXPECT_EQ(to_hex(der_oid({1, 2, 840, 113549, 1, 1, 1})), "06092a864886f70d010101");
  EXPECT_EQ(to_hex(der_oid({2, 23, 133, 2, 16})), "06056781050210");
  EXPECT_EQ(to_hex(der_oid({0, 9, 4294967295})), "0606098fffffff7f");
  EXPECT_EQ(to_hex(der_utf8("Jones")), "0c054a6f6e6573");
}

TEST(Der, WritesIntegersAsShortAsTheyGo) {
  EXPECT_EQ(to_hex(der_integer(0)), "020100");
  EXPECT_EQ(to_hex(der_integer(127)), "02017f");
  EXPECT_EQ(to_hex(der_integer(128)), "02020080");
  EXPECT_EQ(to_hex(der_integer(0xffffffff)), "020500ffffffff");
  const std::uint8_t padded[] = {0, 0, 1, 2};
  EXPECT_EQ(to_hex(der_integer(padded)), "02020102");
  EXPECT_EQ(to_hex(der_integer(octets::Bytes())), "020100");
}

TEST(Der, WritesLengthsInAsFewBytesAsTheyNeed) {
  const auto head = [](std::size_t content_bytes) {
    const Der whole = der_octets(std::vector<std::uint8_t>(content_bytes));
    return to_hex(octets::Bytes(whole).first(whole.size() - content_bytes));
  };
  EXPECT_EQ(head(0), "0400");
  EXPECT_EQ(head(127), "047f");
  EXPECT_EQ(head(128), "048180");
  EXPECT_EQ(head(255), "0481ff");
  EXPECT_EQ(head(256), "04820100");
  EXPECT_EQ(head(65536), "0483010000");
}

TEST(Der, NestsFromTheInsideOut) {
  EXPECT_EQ(to_hex(der_set_of_one(der_sequence({der_integer(1), der_integer(2)}))), "31083006020101020102");
  const std::uint8_t byte[] = {0xa5};
  EXPECT_EQ(to_hex(der_bits(byte)), "030200a5");
}

}  // namespace
}  // namespace nonvol::seal
