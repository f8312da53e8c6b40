#include "flash/reset_table.h"

#include <gmock/gmock.h>

#include "testing/expect.h"
#include "testing/firmware_image_builder.h"
#include "testing/store_builder.h"

namespace nonvol::flash {
namespace {

using test_images::ByteVector;
using test_images::joined;
using test_images::reset_vector;
using test_images::u32;
using test_images::u64;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t kFooterBytes = 18 + 32;  // and what is behind it

struct Read {
  std::optional<ResetTable> table;
  std::vector<Finding> findings;
};

Read read(const ByteVector& tail, std::uint64_t before_bytes = 0) {
  Read result;
  result.table = read_reset_table("code.fd", tail, before_bytes + tail.size(), result.findings);
  return result;
}

ByteVector metadata(std::string_view signature, std::uint32_t count, const ByteVector& sections) {
  return joined({ByteVector(signature.begin(), signature.end()),
                 u32(static_cast<std::uint32_t>(16 + sections.size())), u32(1), u32(count), sections});
}

TEST(ResetTableTest, ReadsEntriesFromTheEnd) {
  const Read read_table = read(
      reset_vector(ByteVector(100, 1),
                   {{reset_entry::kSevSecret, joined({u32(5), u32(6)})}, {reset_entry::kSevEsReset, u32(7)}}),
      0x10000);
  ASSERT_TRUE(read_table.table);
  EXPECT_THAT(read_table.findings, IsEmpty());
  EXPECT_FALSE(read_table.table->damaged);
  ASSERT_THAT(read_table.table->entries, SizeIs(2));
  EXPECT_EQ(read_table.table->entries[0].guid, reset_entry::kSevEsReset);
  EXPECT_EQ(read_table.table->entries[0].data, u32(7));
  EXPECT_EQ(read_table.table->entries[1].data.size(), 8u);
  EXPECT_EQ(read_table.table->entries[1].offset_bytes, 0x10000u + 100);
  EXPECT_EQ(read_table.table->offset_bytes, 0x10000u + 100);
  EXPECT_EQ(read_table.table->size_bytes, 26u + 22 + 18);
  EXPECT_EQ(entry_name(reset_entry::kSevEsReset), "SEV-ES reset block");
}

TEST(ResetTableTest, ReadsMetadata) {
  const ByteVector sev =
      metadata("ASEV", 2, joined({u32(0x800000), u32(0x9000), u32(1), u32(0x80d000), u32(0x1000), u32(3)}));
  const ByteVector tdx =
      metadata("TDVF", 1, joined({u32(0x1000), u32(0x84000), u64(0xffc00000), u64(0x84000), u32(1), u32(0)}));
  const auto entries = static_cast<std::uint32_t>(2 * 22 + kFooterBytes);
  const auto sev_at = static_cast<std::uint32_t>(sev.size()) + entries;
  const Read result = read(reset_vector(
      joined({tdx, sev}), {{reset_entry::kTdxMetadata, u32(static_cast<std::uint32_t>(tdx.size()) + sev_at)},
                           {reset_entry::kSevMetadata, u32(sev_at)}}));
  EXPECT_THAT(result.findings, IsEmpty());
  ASSERT_TRUE(result.table->sev && result.table->tdx);
  ASSERT_THAT(*result.table->sev, SizeIs(2));
  EXPECT_EQ((*result.table->sev)[1].type, 3u);
  EXPECT_EQ((*result.table->sev)[1].memory_offset_bytes, 0x80d000u);
  ASSERT_THAT(*result.table->tdx, SizeIs(1));
  EXPECT_EQ((*result.table->tdx)[0].file_offset_bytes, 0x1000u);
  EXPECT_EQ((*result.table->tdx)[0].file_bytes, 0x84000u);
  EXPECT_EQ((*result.table->tdx)[0].memory_bytes, 0x84000u);
}

TEST(ResetTableTest, NoTable) {
  EXPECT_FALSE(read({}).table);
  EXPECT_FALSE(read(ByteVector(49, 0)).table);
  EXPECT_FALSE(read(ByteVector(100, 0)).table);
}

TEST(ResetTableTest, Empty) {
  const Read result = read(reset_vector({}, {}));
  ASSERT_TRUE(result.table);
  EXPECT_THAT(result.table->entries, IsEmpty());
  EXPECT_THAT(result.findings, IsEmpty());
}

// --- damage

TEST(ResetTableDamageTest, TableLength) {
  ByteVector bytes = reset_vector({}, {{reset_entry::kSevEsReset, u32(1)}});
  const std::size_t length_at = bytes.size() - kFooterBytes;
  bytes[length_at] = 17;
  EXPECT_FINDING(read(bytes).findings, kResetTableDamaged);
  bytes[length_at] = static_cast<std::uint8_t>(length_at + 18 + 1);
  EXPECT_FINDING(read(bytes).findings, kResetTableDamaged);
  EXPECT_THAT(read(bytes).table->entries, IsEmpty());
}

TEST(ResetTableDamageTest, EntryLength) {
  for (const unsigned length : {0u, 17u, 23u, 255u}) {
    ByteVector bytes = reset_vector({}, {{reset_entry::kSevEsReset, u32(1)}});
    bytes[4] = static_cast<std::uint8_t>(length);
    EXPECT_FINDING(read(bytes).findings, kResetTableDamaged);
    EXPECT_THAT(read(bytes).table->entries, IsEmpty());
  }
}

TEST(ResetTableDamageTest, BytesLeftOver) {
  ByteVector bytes = reset_vector({1, 2, 3}, {{reset_entry::kSevEsReset, u32(1)}});
  bytes[bytes.size() - kFooterBytes] = static_cast<std::uint8_t>(bytes[bytes.size() - kFooterBytes] + 3);
  const Read result = read(bytes);
  EXPECT_FINDING(result.findings, kResetTableDamaged);
  EXPECT_THAT(result.table->entries, SizeIs(1));
}

TEST(ResetTableDamageTest, MetadataOffset) {
  for (const std::uint32_t distance : {0u, 15u, 1000u, 0xffffffffu}) {
    const Read result = read(reset_vector(ByteVector(100, 0), {{reset_entry::kSevMetadata, u32(distance)}}));
    EXPECT_FINDING(result.findings, kResetTableDamaged);
    EXPECT_FALSE(result.table->sev);
    EXPECT_TRUE(result.table->damaged);
  }
  EXPECT_FINDING(read(reset_vector({}, {{reset_entry::kTdxMetadata, {1, 2}}})).findings, kResetTableDamaged);
}

TEST(ResetTableDamageTest, MetadataSignatureAndCount) {
  const ByteVector wrong = metadata("ASEX", 0, {});
  const auto distance = static_cast<std::uint32_t>(16 + 22 + kFooterBytes);
  EXPECT_FINDING(read(reset_vector(wrong, {{reset_entry::kSevMetadata, u32(distance)}})).findings,
                 kResetTableDamaged);
  for (const std::uint32_t count : {20u, 0xffffffffu}) {
    const ByteVector many = metadata("ASEV", count, {});
    const Read result = read(reset_vector(many, {{reset_entry::kSevMetadata, u32(distance)}}));
    EXPECT_FINDING(result.findings, kResetTableDamaged);
    EXPECT_FALSE(result.table->sev);
  }
}

}  // namespace
}  // namespace nonvol::flash
