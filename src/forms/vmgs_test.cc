#include "forms/vmgs.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "testing/expect.h"

namespace nonvol::forms {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using variable::Variable;
using ByteVector = std::vector<std::uint8_t>;

void poke(ByteVector& bytes, std::size_t at, const ByteVector& values) {
  std::copy(values.begin(), values.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

ByteVector number(std::uint64_t value, unsigned size_bytes) {
  ByteVector result;
  for (unsigned i = 0; i < size_bytes; ++i) result.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return result;
}

// CRC-32 of IEEE 802.3, bit by bit.
std::uint32_t crc32_by_bits(const ByteVector& bytes) {
  std::uint32_t sum = 0xffffffff;
  for (const std::uint8_t byte : bytes) {
    sum ^= byte;
    for (int i = 0; i < 8; ++i) sum = sum >> 1 ^ ((sum & 1) != 0 ? 0xedb88320 : 0);
  }
  return ~sum;
}

struct HeaderFields {
  std::uint32_t sequence = 1;
  std::uint32_t version = 0x30000;
  std::uint32_t size_bytes = 168;
  std::uint32_t table_block = 2;
  std::uint32_t table_blocks = 1;
  std::uint16_t encryption = 0;
};

// As openvmm's vmgs_format lays it out.
ByteVector header(const HeaderFields& fields) {
  ByteVector bytes(168, 0);
  poke(bytes, 0, {'G', 'U', 'E', 'S', 'T', 'R', 'T', 'S'});
  poke(bytes, 8, number(fields.version, 4));
  poke(bytes, 16, number(fields.sequence, 4));
  poke(bytes, 20, number(fields.size_bytes, 4));
  poke(bytes, 24, number(fields.table_block, 4));
  poke(bytes, 28, number(fields.table_blocks, 4));
  poke(bytes, 32, number(fields.encryption, 2));
  poke(bytes, 12, number(crc32_by_bits(bytes), 4));
  return bytes;
}

ByteVector record(std::u16string_view name, const ByteVector& data, std::uint32_t attributes = 7) {
  ByteVector bytes(48, 0);
  for (const char16_t c : name) {
    const ByteVector unit = number(c, 2);
    bytes.insert(bytes.end(), unit.begin(), unit.end());
  }
  bytes.insert(bytes.end(), {0, 0});
  bytes.insert(bytes.end(), data.begin(), data.end());
  poke(bytes, 4, number(bytes.size(), 4));
  poke(bytes, 8, number(attributes, 4));
  poke(bytes, 12, {0xda, 7, 3, 6});
  poke(bytes, 28, ByteVector(16, 0x11));
  poke(bytes, 44, number(name.size() * 2 + 2, 2));
  poke(bytes, 46, number(data.size(), 2));
  return bytes;
}

constexpr std::size_t kTableBytes = 2 * 4096;
constexpr std::size_t kEntryBytes = kTableBytes + 64;
constexpr std::size_t kNvramBytes = 3 * 4096;

// Six blocks: headers, the file table, file 1 in blocks 3 and 4.
ByteVector vmgs(const ByteVector& nvram) {
  ByteVector bytes(6 * 4096, 0);
  poke(bytes, 0, header({.sequence = 5}));
  poke(bytes, kEntryBytes, number(3, 4));
  poke(bytes, kEntryBytes + 4, number(2, 4));
  poke(bytes, kEntryBytes + 8, number(nvram.size(), 8));
  poke(bytes, kNvramBytes, nvram);
  return bytes;
}

ByteVector two_records() {
  ByteVector bytes = record(u"PK", {1, 2, 3}, 0x27);
  const ByteVector second = record(u"Boot0000", {4});
  bytes.insert(bytes.end(), second.begin(), second.end());
  return bytes;
}

Result<FormContents> read(const ByteVector& file) {
  return read_vmgs("guest.vmgs", file);
}

TEST(Vmgs, GivesItsVariables) {
  const auto contents = read(vmgs(two_records()));
  ASSERT_OK(contents);
  EXPECT_EQ(contents->form, Form::kVmgs);
  EXPECT_THAT(contents->findings, IsEmpty());
  ASSERT_EQ(contents->variables.size(), 2u);
  const Variable& pk = contents->variables[0];
  EXPECT_EQ(pk.identity.text(), "PK-11111111-1111-1111-1111-111111111111");
  EXPECT_EQ(pk.attributes, 0x27u);
  EXPECT_EQ(pk.data, (ByteVector{1, 2, 3}));
  EXPECT_THAT(pk.time, ElementsAre(0xda, 7, 3, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_EQ(contents->variables[1].identity.name().text, "Boot0000");
  EXPECT_EQ(contents->variables[1].data, ByteVector{4});
}

TEST(Vmgs, HasTwoHeadersOfWhichTheNewerCounts) {
  // The older table has no files at all.
  for (const std::size_t second_bytes : {512u, 4096u}) {
    const auto with_headers = [&](HeaderFields first, HeaderFields second) {
      ByteVector file = vmgs(two_records());
      poke(file, 0, header(first));
      poke(file, second_bytes, header(second));
      return read(file);
    };
    const auto count = [](const Result<FormContents>& contents) {
      return contents ? contents->variables.size() : 99;
    };
    EXPECT_EQ(count(with_headers({.sequence = 6}, {.sequence = 5, .table_block = 5})), 2u);
    EXPECT_EQ(count(with_headers({.sequence = 5}, {.sequence = 6, .table_block = 5})), 0u);
    EXPECT_EQ(count(with_headers({.sequence = 0}, {.sequence = 0xffffffff, .table_block = 5})), 2u);
    EXPECT_EQ(count(with_headers({.sequence = 0xffffffff}, {.sequence = 0, .table_block = 5})), 0u);
    const auto apart = with_headers({.sequence = 5}, {.sequence = 7});
    EXPECT_ERROR(apart, kVmgsHeader);
    EXPECT_THAT(apart.error().message, HasSubstr("are 5 and 7"));

    ByteVector only_second = vmgs(two_records());
    poke(only_second, 0, ByteVector(168, 0));
    poke(only_second, second_bytes, header({.sequence = 1, .version = 0x20000}));
    EXPECT_EQ(count(read(only_second)), 2u);
  }
}

TEST(Vmgs, NeedsAValidHeader) {
  for (const HeaderFields& fields : {HeaderFields{.version = 0x10000}, HeaderFields{.size_bytes = 160},
                                     HeaderFields{.table_block = 1}, HeaderFields{.table_blocks = 2}}) {
    ByteVector file = vmgs(two_records());
    poke(file, 0, header(fields));
    EXPECT_ERROR(read(file), kVmgsHeader);
  }
  ByteVector file = vmgs(two_records());
  file[100] ^= 1;
  const auto sum = read(file);
  EXPECT_ERROR(sum, kVmgsHeader);
  EXPECT_EQ(sum.error().place.offset_bytes, 12u);
  for (const std::size_t size : {0u, 8u, 167u}) {
    ByteVector cut = vmgs(two_records());
    cut.resize(size);
    EXPECT_ERROR(read(cut), kVmgsHeader);
  }
  EXPECT_ERROR(read(ByteVector(4096, 0)), kVmgsHeader);
}

TEST(Vmgs, NeedsAFileTableThatFits) {
  ByteVector cut = vmgs(two_records());
  cut.resize(kTableBytes + 4095);
  EXPECT_ERROR(read(cut), kVmgsFileTable);
  const std::tuple<std::uint32_t, std::uint32_t, std::uint64_t> kBad[] = {{1, 2, 10},
                                                                          {5, 2, 10},
                                                                          {3, 4, 10},
                                                                          {3, 2, 8193},
                                                                          {0xffffffff, 0xffffffff, 10},
                                                                          {3, 1, ~std::uint64_t{0}}};
  for (const auto& [block, blocks, size_bytes] : kBad) {
    ByteVector file = vmgs(two_records());
    poke(file, kEntryBytes, number(block, 4));
    poke(file, kEntryBytes + 4, number(blocks, 4));
    poke(file, kEntryBytes + 8, number(size_bytes, 8));
    EXPECT_ERROR(read(file), kVmgsFileTable);
  }
  EXPECT_ERROR(read_vmgs("guest.vmgs", ByteVector(kLargestVmgsBytes + 1)), kFormTooLarge);
}

TEST(Vmgs, MayHaveNoVariables) {
  const auto empty = read(vmgs({}));
  ASSERT_OK(empty);
  EXPECT_FINDING(empty->findings, kVmgsNoVariables);
  ByteVector file = vmgs(two_records());
  poke(file, kEntryBytes + 4, number(0, 4));
  const auto absent = read(file);
  ASSERT_OK(absent);
  EXPECT_FINDING(absent->findings, kVmgsNoVariables);
  EXPECT_THAT(absent->variables, IsEmpty());
}

TEST(Vmgs, IsRefusedEncrypted) {
  ByteVector file = vmgs(two_records());
  poke(file, 0, header({.encryption = 1}));
  EXPECT_OK(read(file)) << "a file without nonce and tag was written before the key came";
  file[kEntryBytes + 43] = 1;
  EXPECT_ERROR(read(file), kVmgsEncrypted);
  poke(file, 0, header({.encryption = 0}));
  EXPECT_OK(read(file));
}

TEST(Vmgs, ReportsDamagedRecordsAndKeepsThoseBefore) {
  const std::size_t second = record(u"PK", {1, 2, 3}).size();
  const auto with = [&](std::size_t at, const ByteVector& values) {
    ByteVector nvram = two_records();
    poke(nvram, second + at, values);
    return read(vmgs(nvram));
  };
  for (const auto& [at, values] : {std::pair<std::size_t, ByteVector>{0, {1}},  // another type
                                   {4, number(70, 4)},                          // length
                                   {44, number(0xffff, 2)},                     // name
                                   {46, number(0xffff, 2)},                     // data
                                   {48 + 16, {'x'}}}) {                         // no NUL
    const auto contents = with(at, values);
    ASSERT_OK(contents);
    EXPECT_FINDING(contents->findings, kVmgsRecord);
    EXPECT_EQ(contents->variables.size(), 1u);
    EXPECT_EQ(contents->findings[0].place.offset_bytes, kNvramBytes + second);
    EXPECT_EQ(contents->findings[0].severity, Severity::kError);
  }
  ByteVector behind = two_records();
  behind.push_back(0);
  const auto contents = read(vmgs(behind));
  ASSERT_OK(contents);
  EXPECT_FINDING(contents->findings, kVmgsRecord);
  EXPECT_EQ(contents->variables.size(), 2u);
  EXPECT_FINDING(read(vmgs(record(u"", {1})))->findings, kVmgsRecord);
  EXPECT_FINDING(read(vmgs(record(std::u16string(1024, 'x'), {1})))->findings, kVmgsRecord);
  EXPECT_THAT(read(vmgs(record(std::u16string(1023, 'x'), {1})))->findings, IsEmpty());
}

TEST(Vmgs, KeepsTheLastOfTwo) {
  ByteVector nvram = record(u"A", {1});
  const ByteVector second = record(u"A", {2});
  nvram.insert(nvram.end(), second.begin(), second.end());
  const auto contents = read(vmgs(nvram));
  ASSERT_OK(contents);
  EXPECT_FINDING(contents->findings, kDuplicateVariable);
  ASSERT_EQ(contents->variables.size(), 1u);
  EXPECT_EQ(contents->variables[0].data, ByteVector{2});
}

}  // namespace
}  // namespace nonvol::forms
