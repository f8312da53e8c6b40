#include "forms/ec2.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "octets/base64.h"
#include "octets/crc32c.h"
#include "testing/expect.h"

namespace nonvol::forms {
namespace {

using testing::HasSubstr;
using variable::Variable;
using ByteVector = std::vector<std::uint8_t>;

// Three variables: plain, authenticated, authenticated with a signer. Made by Python's zlib, struct and
// base64 with Amazon's dictionary; tests/interop/forms_test.py does the same anew.
constexpr std::string_view kSample =
    "QU1aTlVFRkl56M/CAAAAAHj5a7fZ94NNt3FCadCgm39RSmoRC9KUGbr17AywyWkGhpQkZjhLEb0lDGpB32JnZhMWFIX7SYHIRc"
    "EcUDqgKLMsseTwSpiDcjPzUgWBQEnJ2NjFJRQM8NoDm9bh5OLm4eXjFxAUEhYRFROXkJSSlpGVkwcAvZgjEw==";
// The same, compressed with the dictionary "another dictionary", and without one.
constexpr std::string_view kOtherDictionary =
    "QU1aTlVFRklq5RsIAAAAAHj5RC0HSGNmgABOKO2Un1/iX5SSWsQCFWAE4sT7T7pPTb4kuIqX4cEMZu0edqAYE1Q+JYkZzlI8vU"
    "nyupXtNNfFe25d4EtPzVcHCt9iZ2YTFhRlgAEFBuIAB5QOKMosSyw5vBLmoNzMvFRBIFBSMjZ2cQkFA7z2MDIxs7CysXNwcnHz"
    "8PLxCwgKCYuIiolLSEpJy8jKyQMAvZgjEw==";
constexpr std::string_view kNoDictionary =
    "QU1aTlVFRklAd0IZAAAAAHjaY2aAAE4o7ZSfX+JflJJaxAIVYATixPtPuk9NviS4ipfhwQxm7R52oBgTVD4liRnOUjy9SfK6le"
    "0018V7bl3gS0/NVwcK32JnZhMWFGWAAQUG4gAHlA4oyixLLDm8Euag3My8VEEgUFIyNnZxCQUDvPYwMjGzsLKxc3BycfPw8vEL"
    "CAoJi4iKiUtISknLyMrJAwC9mCMT";

std::vector<Variable> three_variables() {
  const auto vendor = *octets::parse_guid("11111111-2222-3333-4444-555555555555");
  std::vector<Variable> result = {
      {*variable::make_identity("BootOrder", variable::vendor::kGlobal), 7, {1, 0, 0, 0}},
      {*variable::make_identity("db", variable::vendor::kImageSecurityDatabase), 0x27, {'d', 'b', '!'}},
      {*variable::make_identity("Privat\u00e9", vendor), 0x27, {'m', 'i', 'n', 'e'}}};
  result[1].time = result[2].time = {0xda, 7, 3, 6, 0x13, 0x11, 0x15};
  for (std::uint8_t i = 0; i < 32; ++i) result[2].digest.push_back(i);
  return result;
}

Result<FormContents> read(std::string_view text) {
  return read_ec2("uefi-data.txt", ByteVector(text.begin(), text.end()));
}

ByteVector number(std::uint64_t value, unsigned size_bytes) {
  ByteVector result;
  for (unsigned i = 0; i < size_bytes; ++i) result.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return result;
}

ByteVector operator+(ByteVector left, const ByteVector& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

ByteVector counted(std::string_view text) {
  return number(text.size(), 8) + ByteVector(text.begin(), text.end());
}

ByteVector plain_variable(std::string_view name, std::string_view data) {
  return counted(name) + counted(data) + ByteVector(16, 0x11) + number(7, 4);
}

// A zlib stream (RFC 1950) of stored blocks (RFC 1951, 3.2.4), put together by hand.
ByteVector stored(const ByteVector& plain) {
  ByteVector result = {0x78, 0x01};
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  std::size_t at = 0;
  do {
    const std::size_t size = std::min<std::size_t>(plain.size() - at, 0xffff);
    result.push_back(at + size == plain.size() ? 1 : 0);
    result = std::move(result) + number(size, 2) + number(~size, 2);
    for (const std::size_t end = at + size; at < end; ++at) {
      a = (a + plain[at]) % 65521;
      b = (b + a) % 65521;
      result.push_back(plain[at]);
    }
  } while (at < plain.size());
  ByteVector adler = number(b << 16 | a, 4);
  std::reverse(adler.begin(), adler.end());
  return std::move(result) + adler;
}

std::string envelope(const ByteVector& stream, std::uint32_t version = 0, std::uint32_t wrong = 0) {
  const ByteVector checked = number(version, 4) + stream;
  return octets::to_base64(number(0x494645554e5a4d41, 8) + number(octets::crc32c(checked) ^ wrong, 4) +
                           checked);
}

TEST(Ec2Reading, TakesWhatPythonWrites) {
  const auto contents = read(kSample);
  ASSERT_OK(contents);
  EXPECT_EQ(contents->form, Form::kEc2);
  EXPECT_EQ(contents->variables, three_variables());
  EXPECT_THAT(contents->findings, testing::IsEmpty());
  const auto plain = read(kNoDictionary);
  ASSERT_OK(plain);
  EXPECT_EQ(plain->variables, three_variables());
}

TEST(Ec2Reading, TakesLineBreaks) {
  std::string wrapped(kSample);
  for (std::size_t at = 76; at < wrapped.size(); at += 77) wrapped.insert(at, "\n");
  const auto contents = read(wrapped + "\n");
  ASSERT_OK(contents);
  EXPECT_EQ(contents->variables, three_variables());
}

TEST(Ec2Reading, RefusesDamageFromTheOutsideIn) {
  EXPECT_ERROR(read("QU1aTlVFRkk!"), kEc2Text);
  EXPECT_ERROR(read(kSample.substr(0, kSample.size() - 1)), kEc2Text);
  EXPECT_ERROR(read("QU1aTlVFRkk="), kEc2Header);
  EXPECT_ERROR(read(octets::to_base64(ByteVector(40, 0))), kEc2Header);
  EXPECT_ERROR(read(envelope(stored(number(0, 8)), 1)), kEc2Header);
  const auto sum = read(envelope(stored(number(0, 8)), 0, 1));
  EXPECT_ERROR(sum, kEc2Checksum);
  EXPECT_THAT(sum.error().message, HasSubstr("was it copied whole?"));
  EXPECT_ERROR(read(kSample.substr(0, 100)), kEc2Checksum);
  EXPECT_OK(read(envelope(stored(number(0, 8)))));
}

TEST(Ec2Reading, RefusesStreamsThatBreak) {
  const auto other = read(kOtherDictionary);
  EXPECT_ERROR(other, kEc2Stream);
  EXPECT_THAT(other.error().message, HasSubstr("the one that is known has 0x6bb7d9f7"));
  ByteVector stream = stored(number(1, 8) + plain_variable("A", "x"));
  EXPECT_OK(read(envelope(stream)));
  for (const std::size_t size : {0u, 1u, 2u, 5u, 20u, 47u})
    EXPECT_ERROR(read(envelope(ByteVector(stream.begin(), stream.begin() + size))), kEc2Stream);
  stream.back() ^= 1;
  EXPECT_ERROR(read(envelope(stream)), kEc2Stream);
}

TEST(Ec2Reading, RefusesVariablesThatAreNotThere) {
  const auto read_plain = [](const ByteVector& plain) { return read(envelope(stored(plain))); };
  EXPECT_ERROR(read_plain(number(1, 3)), kEc2Variable);
  const auto more = read_plain(number(std::uint64_t{1} << 63, 8) + plain_variable("A", "x"));
  EXPECT_ERROR(more, kEc2Variable);
  EXPECT_EQ(more.error().message,
            "variable 1 of uefi-data.txt, inflated: 'name length' at offset 0x2e needs 8 bytes, 0 are left");
  EXPECT_ERROR(read_plain(number(1, 8) + number(~std::uint64_t{0}, 8) + ByteVector(60, 0)), kEc2Variable);
  EXPECT_ERROR(read_plain(number(1, 8) + plain_variable("", "x")), kEc2Variable);
  EXPECT_ERROR(read_plain(number(1, 8) + plain_variable("\xff", "x")), kEc2Variable);
}

TEST(Ec2Reading, ReportsWhatIsThereTwiceOrTooMuch) {
  const ByteVector plain = number(2, 8) + plain_variable("A", "x") + plain_variable("A", "yz");
  const auto twice = read(envelope(stored(plain)));
  ASSERT_OK(twice);
  EXPECT_FINDING(twice->findings, kDuplicateVariable);
  ASSERT_EQ(twice->variables.size(), 1u);
  EXPECT_EQ(twice->variables[0].data, ByteVector{'x'});
  for (const ByteVector& stream : {stored(plain + ByteVector{0}), stored(plain) + ByteVector{0}}) {
    const auto behind = read(envelope(stream));
    ASSERT_OK(behind);
    EXPECT_FINDING(behind->findings, kBytesBehindForm);
  }
}

TEST(Ec2Reading, InflatesOnlySoMuch) {
  std::vector<Variable> variables = {three_variables()[0]};
  variables[0].data.assign(kLargestEc2Bytes - 8 - 8 - 9 - 8 - 16 - 4, 0);
  const auto largest = write_ec2(variables);
  ASSERT_OK(largest);
  const auto again = read(*largest);
  ASSERT_OK(again);
  EXPECT_EQ(again->variables, variables);
  variables[0].data.push_back(0);
  EXPECT_ERROR(write_ec2(variables), kFormTooLarge);
  EXPECT_ERROR(read(envelope(stored(ByteVector(kLargestEc2Bytes + 1, 0)))), kFormTooLarge);
  EXPECT_ERROR(read(std::string(kLargestTextBytes + 1, 'A')), kFormTooLarge);
}

TEST(Ec2Writing, IsWhatWasRead) {
  const auto text = write_ec2(three_variables());
  ASSERT_OK(text);
  EXPECT_EQ(text->find('\n'), std::string::npos);
  EXPECT_LT(text->size(), kNoDictionary.size()) << "the dictionary is used";
  const auto again = read(*text);
  ASSERT_OK(again);
  EXPECT_EQ(again->variables, three_variables());
  const auto none = write_ec2({});
  ASSERT_OK(none);
  EXPECT_THAT(read(*none)->variables, testing::IsEmpty());
}

TEST(Ec2Writing, RefusesWhatWouldBeLost) {
  std::vector<Variable> variables = three_variables();
  variables[1].attributes = 7;
  EXPECT_ERROR(write_ec2(variables), kFormCannotHold);
  variables = three_variables();
  variables[0].digest = {1};
  EXPECT_ERROR(write_ec2(variables), kFormCannotHold);
  variables = three_variables();
  variables[2].digest.assign(32, 0);
  EXPECT_ERROR(write_ec2(variables), kFormCannotHold);
  variables = three_variables();
  variables[0].public_key_index = 1;
  EXPECT_ERROR(write_ec2(variables), kFormCannotHold);
}

}  // namespace
}  // namespace nonvol::forms
