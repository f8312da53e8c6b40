#include "tpm/swtpm_linear.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "octets/text.h"
#include "octets/writer.h"
#include "testing/expect.h"
#include "tpm/swtpm_blob.h"

namespace nonvol::tpm {
namespace {

using Octets = std::vector<std::uint8_t>;

struct Section {
  std::uint32_t offset;
  std::uint32_t data;
  std::uint32_t section;
};

constexpr std::size_t kFileBytes = 1024;

Octets file_with(const std::vector<Section>& sections, std::size_t file_bytes = kFileBytes) {
  octets::Writer writer;
  const std::string_view magic = "nilmptws";
  for (const char each : magic) writer.u8(static_cast<std::uint8_t>(each));
  writer.u8(1).u8(0).u16(192);
  for (const Section& each : sections) writer.u32(each.offset).u32(each.data).u32(each.section);
  Octets bytes = writer.take();
  bytes.resize(192, 0);
  for (std::size_t at = bytes.size(); at < file_bytes; ++at) bytes.push_back(static_cast<std::uint8_t>(at));
  return bytes;
}

Result<SwtpmBlobs> decode(const Octets& file) {
  return decode_swtpm_linear(file, "tpm.state");
}

TEST(SwtpmLinear, FindsTheBlobs) {
  const Octets file = file_with({{192, 100, 128}, {448, 576, 576}, {320, 128, 128}});
  const Result<SwtpmBlobs> blobs = decode(file);
  ASSERT_OK(blobs);
  ASSERT_EQ(blobs->size(), 3u);
  EXPECT_EQ(blobs->at(StateKind::kPermanent).data(), file.data() + 192);
  EXPECT_EQ(blobs->at(StateKind::kPermanent).size(), 100u);
  EXPECT_EQ(blobs->at(StateKind::kVolatile).data(), file.data() + 448);
  EXPECT_EQ(blobs->at(StateKind::kVolatile).size(), 576u);
  EXPECT_EQ(blobs->at(StateKind::kSaveState).data(), file.data() + 320);
  EXPECT_EQ(blobs->at(StateKind::kSaveState).size(), 128u);
}

TEST(SwtpmLinear, TakesOffsetZeroForNone) {
  const Octets file = file_with({{192, 100, 128}, {0, 5, 9}});
  const Result<SwtpmBlobs> blobs = decode(file);
  ASSERT_OK(blobs);
  EXPECT_EQ(blobs->size(), 1u);
}

TEST(SwtpmLinear, SaysWhenThereIsNoState) {
  EXPECT_ERROR(decode({}), kNoSwtpmState);
  EXPECT_ERROR(decode(Octets(4096, 0)), kNoSwtpmState);
  EXPECT_ERROR(decode(file_with({})), kNoSwtpmState);
  EXPECT_ERROR(decode(file_with({{0, 0, 0}, {192, 100, 128}})), kNoSwtpmState);
}

TEST(SwtpmLinear, ChecksItsHeader) {
  const Octets whole = file_with({{192, 100, 128}});
  EXPECT_OK(decode(whole));
  for (const std::size_t at : {0, 7, 8, 10, 11}) {
    Octets damaged = whole;
    damaged[at] ^= 0x40;
    EXPECT_ERROR(decode(damaged), kSwtpmLinear);
  }
  for (const std::size_t size : {1, 8, 12, 191}) {
    EXPECT_ERROR(decode(Octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))),
                 kSwtpmLinear);
  }
}

// Headers that made swtpm read or write outside of the file, before its sums were checked in September 2026.
TEST(SwtpmLinear, RefusesTheSectionsThatSwtpmFellFor) {
  const std::vector<Section> cases[] = {
      {{0xffffffff, 1, 1}},                       // 1170: the end wraps to 0
      {{0xfffffff0, 0x20, 0x20}},                 // 1170: to 16, inside the file
      {{0x10000000, 100, 128}},                   // 1170: a section outside that is written to
      {{192, 100, 0x10000000}},                   // 1170: and one that ends outside
      {{192, 100, 128}, {0xffffff00, 1, 0xff}},   // 1173: the next one would begin at 2^32 - 1
      {{192, 100, 128}, {320, 0, 0xfffffec0}},    // 1173: its size wraps to 0
      {{192, 100, 0xffffffff}, {320, 100, 128}},  // 1174: what follows would move to before 0
      {{192, 100, 512}, {320, 100, 128}},         // 1174: sections one in the other
  };
  for (const std::vector<Section>& sections : cases) {
    SCOPED_TRACE(&sections - cases);
    EXPECT_ERROR(decode(file_with(sections)), kSwtpmLinear);
  }
}

TEST(SwtpmLinear, ChecksEveryBound) {
  EXPECT_OK(decode(file_with({{192, 832, 832}})));
  const std::vector<Section> cases[] = {
      {{191, 100, 128}},                   // in the header
      {{1, 100, 128}},                     //
      {{192, 129, 128}},                   // more data than the section has
      {{192, 833, 833}},                   // past the end by one
      {{192, 832, 833}},                   //
      {{1025, 0, 0}},                      //
      {{192, 100, 128}, {319, 100, 128}},  // overlaps by one
      {{320, 100, 128}, {192, 100, 129}},  //
      {{192, 1, 1}, {193, 1, 1}, {192, 1, 1}},
      {{192, 1, 1}, {0, 0, 0}, {0, 0, 0}, {193, 1, 1}},  // a fourth
  };
  for (const std::vector<Section>& sections : cases) {
    SCOPED_TRACE(&sections - cases);
    EXPECT_ERROR(decode(file_with(sections)), kSwtpmLinear);
  }
  std::vector<Section> last(15, Section{0, 0, 0});
  last[0] = {192, 1, 1};
  last[14] = {193, 1, 1};
  EXPECT_ERROR(decode(file_with(last)), kSwtpmLinear);
}

TEST(SwtpmLinear, GivesBackWhatItWrote) {
  const Octets permanent(1315, 1);
  const Octets volatile_state(8992, 2);
  const Octets save_state(1024, 3);
  const SwtpmBlobs blobs = {{StateKind::kPermanent, permanent},
                            {StateKind::kVolatile, volatile_state},
                            {StateKind::kSaveState, save_state}};
  const Result<Octets> file = encode_swtpm_linear(blobs);
  ASSERT_OK(file);
  // Sections are powers of two.
  EXPECT_EQ(file->size(), 192u + 2048 + 16384 + 1024);
  const Result<SwtpmBlobs> found = decode(*file);
  ASSERT_OK(found);
  ASSERT_EQ(found->size(), 3u);
  for (const auto& [kind, blob] : blobs) {
    EXPECT_TRUE(std::ranges::equal(found->at(kind), blob)) << entry_name(kind);
  }
  const Result<Octets> only = encode_swtpm_linear({{StateKind::kPermanent, permanent}});
  ASSERT_OK(only);
  EXPECT_EQ(octets::to_hex(octets::Bytes(*only).first(40)),
            "6e696c6d70747773"
            "0100c000"
            "c00000002305000000080000"
            "000000000000000000000000"
            "00000000");
  EXPECT_EQ(only->size(), 192u + 2048);
}

TEST(SwtpmLinear, HoldsTheLargestBlobsAndNoLarger) {
  const Octets large(kLargestSwtpmBlobBytes, 1);
  const Result<Octets> file = encode_swtpm_linear(
      {{StateKind::kPermanent, large}, {StateKind::kVolatile, large}, {StateKind::kSaveState, large}});
  ASSERT_OK(file);
  EXPECT_LE(file->size(), kLargestSwtpmLinearBytes);
  EXPECT_ERROR(encode_swtpm_linear({{StateKind::kPermanent, Octets(large.size() + 1)}}), kSwtpmLinear);
}

}  // namespace
}  // namespace nonvol::tpm
