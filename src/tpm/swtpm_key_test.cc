#include "tpm/swtpm_key.h"

#include <gtest/gtest.h>

#include <string_view>

#include "octets/text.h"
#include "testing/expect.h"

namespace nonvol::tpm {
namespace {

Result<SwtpmKey> parse(std::string_view content) {
  const std::vector<std::uint8_t> bytes(content.begin(), content.end());
  return parse_swtpm_key(bytes, "tpm.key");
}

std::string hex_of(const Result<SwtpmKey>& key) {
  return key ? octets::to_hex(key->bytes) : key.error().message;
}

constexpr std::string_view kShort = "00112233445566778899aAbBcCdDeEfF";
constexpr std::string_view kShortLower = "00112233445566778899aabbccddeeff";

TEST(SwtpmKey, IsReadFromHexadecimal) {
  const std::string text(kShort);
  for (const std::string& content : {text, text + "\n", "0x" + text, "0x" + text + " \r\n"}) {
    EXPECT_EQ(hex_of(parse(content)), kShortLower) << content;
  }
  EXPECT_EQ(hex_of(parse("0x" + text + text + "\n")), std::string(kShortLower) + std::string(kShortLower));
}

TEST(SwtpmKey, IsReadFromBytes) {
  EXPECT_EQ(hex_of(parse("0123456789abcdef")), "30313233343536373839616263646566");
  // 32 bytes are a long key, unless all are hexadecimal digits.
  EXPECT_EQ(parse("0123456789abcdef0123456789abcdeg").value().bytes.size(), 32u);
  EXPECT_EQ(parse("0123456789abcdef0123456789abcdef").value().bytes.size(), 16u);
  // Also where they end with blanks.
  EXPECT_EQ(parse("0123456789abcde\n").value().bytes.size(), 16u);
}

TEST(SwtpmKey, RefusesWhatIsNone) {
  const std::string text(kShort);
  for (const std::string& content :
       {std::string(), std::string("\n"), std::string("0x"), text.substr(1), text + "0", " " + text,
        "0X" + text, text + "\n" + text + "\n", text + " # the key", std::string(17, 'x'),
        text + std::string(300, ' ')}) {
    EXPECT_ERROR(parse(content), kBadSwtpmKey);
  }
  // A key is not shown in a message.
  EXPECT_EQ(parse(text + "0").error().message.find(text.substr(0, 4)), std::string::npos);
}

TEST(SwtpmKey, ComesOfAPassphraseAsSwtpmMakesIt) {
  // hashlib.pbkdf2_hmac("sha512", passphrase, b"swtpm", 1000) and hashlib.sha512 of Python.
  constexpr std::string_view kPbkdf2 = "e81778cbf35a42adbf863190293801a4e91c10a4dbb86d4278200a9b9604c912";
  constexpr std::string_view kSha512 = "88dfe3e01f75f7de33c309cf3b2a8af874875d0ebe89c5a887eb09d5622eb032";
  constexpr std::string_view kText = "a passphrase\n";
  const std::vector<std::uint8_t> passphrase(kText.begin(), kText.end());
  for (const std::size_t size : {16, 32}) {
    EXPECT_EQ(hex_of(swtpm_key_from_passphrase(passphrase, SwtpmKdf::kPbkdf2, size)),
              kPbkdf2.substr(0, 2 * size));
    EXPECT_EQ(hex_of(swtpm_key_from_passphrase(passphrase, SwtpmKdf::kSha512, size)),
              kSha512.substr(0, 2 * size));
  }
  EXPECT_ERROR(swtpm_key_from_passphrase(passphrase, SwtpmKdf::kPbkdf2, 24), kBadSwtpmKey);
  EXPECT_ERROR(swtpm_key_from_passphrase({}, SwtpmKdf::kSha512, 16), kBadSwtpmKey);
}

TEST(SwtpmKey, LeavesNothingWhereItMovedFrom) {
  SwtpmKey first = parse(kShort).value();
  SwtpmKey second = std::move(first);
  EXPECT_TRUE(first.bytes.empty());
  SwtpmKey third(std::vector<std::uint8_t>(32, 1));
  third = std::move(second);
  EXPECT_EQ(octets::to_hex(third.bytes), kShortLower);
  EXPECT_TRUE(second.bytes.empty());
}

}  // namespace
}  // namespace nonvol::tpm
