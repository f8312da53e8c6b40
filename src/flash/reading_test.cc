#include <gmock/gmock.h>

#include <filesystem>

#include "flash/store_reader.h"
#include "testing/expect.h"
#include "testing/feed_store.h"
#include "testing/store_builder.h"

namespace nonvol::flash {
namespace {

using test_stores::ByteVector;
using test_stores::Outcome;
using test_stores::read_store;
using test_stores::StoreBuilder;
using testing::ElementsAre;

constexpr std::uint64_t kKibibyte = 1024;

// The promise of store_reader.h, for any store that was read without `thorough`.
void expect_frugal(const Outcome& outcome) {
  ASSERT_OK(outcome.store);
  const std::uint64_t used = outcome.store->records_end_bytes;
  EXPECT_LE(outcome.read_bytes,
            (used + 64 * kKibibyte - 1) / (64 * kKibibyte) * (64 * kKibibyte) + 68 * kKibibyte);
  if (outcome.store->blank != Blank::kNo) return;
  std::uint64_t next = 0;
  for (const Range& range : outcome.reads) {
    EXPECT_EQ(range.offset_bytes, next) << "only new bytes, each once";
    EXPECT_LE(range.size_bytes, 64 * kKibibyte);
    next += range.size_bytes;
  }
  EXPECT_EQ(outcome.store->bytes.size(), outcome.read_bytes - outcome.working_bytes);
}

TEST(Reading, TakesNoMoreThanTheUsedAreaNeeds) {
  for (const test_stores::Shape& shape :
       {test_stores::ovmf_2m(), test_stores::ovmf_4m(), test_stores::armvirt(),
        test_stores::as_plain(test_stores::armvirt()), test_stores::tiny()}) {
    for (const std::size_t data_bytes : {1, 500, 5000, 50000, 120000}) {
      StoreBuilder builder(shape);
      while (builder.left_bytes() > data_bytes + 100) {
        expect_frugal(read_store(builder.bytes()));
        for (int i = 0; i < 100 && builder.left_bytes() > data_bytes + 100; ++i) {
          builder.add({.name = u"V", .data = ByteVector(data_bytes, 0x55)});
        }
      }
      const Outcome full = read_store(builder.bytes());
      expect_frugal(full);
      EXPECT_THAT(full.store->findings, testing::IsEmpty());
    }
  }
}

TEST(Reading, GoesOnInStepsWhileRecordsDo) {
  StoreBuilder builder(test_stores::ovmf_4m());
  builder.add({.name = u"A", .data = ByteVector(0x10000 - 100 - 64, 1)});
  ASSERT_EQ(builder.next_offset_bytes(), 0x10000u);
  EXPECT_THAT(read_store(builder.bytes()).reads, ElementsAre(Range{0, 0x10000}, Range{0x10000, 0x10000}))
      << "whether a record begins at 64 KiB is not known before";
  builder.add({.name = u"B", .data = ByteVector(0x28000, 2)});
  const Outcome outcome = read_store(builder.bytes());
  EXPECT_THAT(outcome.reads, ElementsAre(Range{0, 0x10000}, Range{0x10000, 0x10000}, Range{0x20000, 0x10000},
                                         Range{0x30000, 0x10000}));
  ASSERT_OK(outcome.store);
  EXPECT_EQ(live_variables(*outcome.store).size(), 2u);
  EXPECT_EQ(outcome.store->data(outcome.store->records[1]).size(), 0x28000u);
}

TEST(Reading, MakesTheSameOfRecordsThatStraddleAStep) {
  // The boundary falls on every byte of a record once.
  for (std::size_t before = 0; before < 80; ++before) {
    StoreBuilder builder(test_stores::ovmf_4m());
    builder.add({.name = u"A", .data = ByteVector(0x10000 - 100 - 64 - 80 + before, 1)});
    builder.add({.name = u"B", .data = {7}}).add({.name = u"C"});
    const Outcome outcome = read_store(builder.bytes());
    ASSERT_OK(outcome.store);
    ASSERT_EQ(outcome.store->records.size(), 3u);
    EXPECT_THAT(outcome.store->data(outcome.store->records[1]), ElementsAre(7));
    EXPECT_THAT(outcome.store->findings, testing::IsEmpty());
    expect_frugal(outcome);
  }
}

TEST(Reading, EndsWhereTheStoreEnds) {
  StoreBuilder builder(test_stores::ovmf_2m());
  builder.add({.name = u"A", .data = ByteVector(builder.left_bytes() - 64, 1)});
  const Outcome outcome = read_store(builder.bytes());
  EXPECT_THAT(outcome.reads, ElementsAre(Range{0, 0x10000}));
  const Outcome thorough = read_store(builder.bytes(), {.thorough = true});
  EXPECT_THAT(thorough.reads, ElementsAre(Range{0, 0x10000}));
}

TEST(Reading, OfManySmallHolesStaysQuick) {
  // 16 MiB of holes: half a million records, each looked at once.
  ByteVector file = StoreBuilder(test_stores::as_plain(test_stores::tiny(16 << 20))).bytes();
  for (std::size_t at = 100; at + 32 <= file.size(); at += 32)
    test_stores::poke(file, at, {0xaa, 0x55, 0xff});
  const Outcome outcome = read_store(file);
  ASSERT_OK(outcome.store);
  EXPECT_EQ(outcome.store->records.size(), ((16u << 20) - 100) / 32);
  EXPECT_TRUE(live_variables(*outcome.store).empty());
}

TEST(Reading, OfManyLiveRecordsStaysQuick) {
  ByteVector file = StoreBuilder(test_stores::as_plain(test_stores::tiny(4 << 20))).bytes();
  const ByteVector record = StoreBuilder(test_stores::as_plain(test_stores::tiny()))
                                .add({.name = u"V", .state = 0x3e, .data = {}})
                                .bytes();
  for (std::size_t at = 100; at + 36 <= file.size(); at += 36) {
    std::copy_n(record.begin() + 100, 36, file.begin() + static_cast<std::ptrdiff_t>(at));
  }
  const Outcome outcome = read_store(file);
  ASSERT_OK(outcome.store);
  EXPECT_THAT(live_variables(*outcome.store), ElementsAre(&outcome.store->records.back()));
}

TEST(Reading, OfAFileThatEndsEarlyIsTruncated) {
  ByteVector file =
      StoreBuilder(test_stores::ovmf_4m()).add({.name = u"A", .data = ByteVector(100000, 1)}).bytes();
  StoreReader reader("web01.fd", file.size());
  reader.feed(octets::Bytes(file).first(0x10000));
  ASSERT_EQ(reader.wants(), (Range{0x10000, 0x10000}));
  reader.feed(octets::Bytes(file).subspan(0x10000, 0x100));
  EXPECT_FALSE(reader.wants());
  reader.feed(file);  // too late to change anything
  const auto store = std::move(reader).finish();
  EXPECT_ERROR(store, kStoreTruncated);
  EXPECT_EQ(store.error().message,
            "web01.fd ends before its store does: its size was 540672 bytes, reading it ended at 65792");
  EXPECT_EQ(store.error().place.offset_bytes, 65792u);
}

TEST(Reading, TakesNoMoreBytesThanItAskedFor) {
  const ByteVector file = StoreBuilder(test_stores::ovmf_4m()).add({.name = u"A"}).bytes();
  StoreReader reader("web01.fd", file.size());
  reader.feed(file);
  EXPECT_EQ(reader.wants(), (Range{0x41000, 0x1000})) << "what was fed beyond the first step is not believed";
  reader.feed(std::span(file).subspan(0x41000));
  EXPECT_FALSE(reader.wants());
  const auto store = std::move(reader).finish();
  ASSERT_OK(store);
  EXPECT_EQ(store->bytes.size(), 0x10000u);
}

TEST(Reading, HasToBeDoneBeforeTheStoreIsTaken) {
  EXPECT_ERROR(StoreReader("web01.fd", 0x20000).finish(), kImpossible);
}

struct RealStore {
  const char* path;
  const char* package;
  std::string_view layout;
  int replaced, added, deleted;
  std::uint64_t used_bytes;

  friend void PrintTo(const RealStore& store, std::ostream* out) { *out << store.path; }
};

class RealStores : public testing::TestWithParam<RealStore> {};

TEST_P(RealStores, AreReadAsTheyAre) {
  const RealStore& expected = GetParam();
  if (!std::filesystem::exists(expected.path)) {
    GTEST_SKIP() << expected.path << " is missing: install the package " << expected.package;
  }
  const Outcome outcome = test_stores::read_store_file(expected.path);
  expect_frugal(outcome);
  ASSERT_OK(outcome.store);
  const VariableStore& store = *outcome.store;
  const auto count = [&](std::uint8_t state) {
    return std::ranges::count(store.records, state, &Record::state);
  };
  EXPECT_EQ(store.layout->name, expected.layout);
  EXPECT_EQ(count(state::kReplaced), expected.replaced);
  EXPECT_EQ(count(state::kAdded), expected.added);
  EXPECT_EQ(count(state::kDeleted), expected.deleted);
  EXPECT_EQ(store.records.size(), expected.replaced + expected.added + expected.deleted);
  EXPECT_EQ(store.used_bytes(), expected.used_bytes);
  EXPECT_EQ(live_variables(store).size(), static_cast<std::size_t>(expected.added));
  EXPECT_THAT(store.findings, testing::IsEmpty());
  EXPECT_EQ(store.blank, Blank::kNo);
  for (const Record* record : live_variables(store)) {
    EXPECT_TRUE(record->name.lossless);
    EXPECT_EQ(store.data(*record).size(), record->data_size_bytes);
    EXPECT_TRUE(!record->timestamp || variable::rfc3339(*record->timestamp)) << record->name.text;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Debian12, RealStores,
    testing::Values(
        RealStore{"/usr/share/OVMF/OVMF_VARS.fd", "ovmf", "ovmf-2m", 0, 0, 0, 0},
        RealStore{"/usr/share/OVMF/OVMF_VARS.ms.fd", "ovmf", "ovmf-2m", 25, 31, 1, 22836},
        RealStore{"/usr/share/OVMF/OVMF_VARS_4M.fd", "ovmf", "ovmf-4m", 0, 0, 0, 0},
        RealStore{"/usr/share/OVMF/OVMF_VARS_4M.ms.fd", "ovmf", "ovmf-4m", 25, 31, 1, 22836},
        RealStore{"/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd", "ovmf", "ovmf-4m", 25, 31, 1, 18928},
        RealStore{"/usr/share/AAVMF/AAVMF_VARS.ms.fd", "qemu-efi-aarch64", "armvirt", 6, 22, 1, 9684},
        RealStore{"/usr/share/AAVMF/AAVMF_VARS.snakeoil.fd", "qemu-efi-aarch64", "armvirt", 6, 22, 1, 5776}),
    [](const auto& parameter) {
      std::string name = std::filesystem::path(parameter.param.path).stem();
      std::ranges::replace(name, '.', '_');
      return name;
    });

TEST(RealFiles, OfAarch64WithoutKeysAreBlank) {
  const char* path = "/usr/share/AAVMF/AAVMF_VARS.fd";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is missing: install qemu-efi-aarch64";
  const Outcome outcome = test_stores::read_store_file(path);
  expect_frugal(outcome);
  EXPECT_EQ(outcome.store->blank, Blank::kZero);
  EXPECT_EQ(outcome.store->layout->name, "armvirt");
}

TEST(RealFiles, WithCodeAreNoStores) {
  for (const char* path : {"/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_CODE_4M.fd",
                           "/usr/share/AAVMF/AAVMF_CODE.fd"}) {
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is missing: install ovmf, qemu-efi-aarch64";
    const Outcome outcome = test_stores::read_store_file(path);
    EXPECT_ERROR(outcome.store, kNotAVariableStore);
    EXPECT_THAT(outcome.store.error().notes, ElementsAre(testing::HasSubstr("firmware code image")));
    EXPECT_EQ(outcome.read_bytes - outcome.working_bytes, 65536u);
  }
}

TEST(RealFiles, AreWhatTheBuilderBuilds) {
  for (const auto& [path, shape] : {std::pair{"/usr/share/OVMF/OVMF_VARS.fd", test_stores::ovmf_2m()},
                                    {"/usr/share/OVMF/OVMF_VARS_4M.fd", test_stores::ovmf_4m()}}) {
    std::ifstream file(path, std::ios::binary);
    if (!file) GTEST_SKIP() << path << " is missing: install ovmf";
    const ByteVector real{std::istreambuf_iterator<char>(file), {}};
    EXPECT_TRUE(StoreBuilder(shape).bytes() == real) << path;
  }
}

// A queue with one finished write and one in the state that the flags say, as the firmware's reclaim writes
// them.
void put_queue(ByteVector& bytes, const test_stores::Shape& shape, std::uint8_t header, std::uint8_t record,
               std::uint64_t spare_offset) {
  const std::uint64_t queue = shape.working_offset_bytes + 32;
  const auto put_write = [&](std::uint64_t at, std::uint8_t header_flags, std::uint8_t record_flags) {
    test_stores::poke(bytes, at, ByteVector(80, 0));
    test_stores::poke(bytes, at, {header_flags});
    test_stores::poke(bytes, at + 24, {1});
    test_stores::poke(bytes, at + 40, {record_flags});
    test_stores::poke_u32(bytes, at + 56, 72);
    test_stores::poke_u32(bytes, at + 64, shape.store_bytes);
    test_stores::poke_u32(bytes, at + 72, static_cast<std::uint32_t>(-spare_offset));
    test_stores::poke_u32(bytes, at + 76, 0xffffffff);
  };
  put_write(queue, 0xf8, 0xf9);
  put_write(queue + 80, header, record);
}

struct PendingCase {
  test_stores::Shape shape;
  std::uint64_t spare_offset_bytes;
};
const PendingCase kPendingCases[] = {
    {test_stores::ovmf_2m(), 0x10000}, {test_stores::ovmf_4m(), 0x42000}, {test_stores::armvirt(), 0x80000}};

TEST(PendingWrite, IsReadAsTheFirmwareWillHaveMadeIt) {
  for (const PendingCase& c : kPendingCases) {
    ByteVector bytes = StoreBuilder(c.shape).add({.name = u"Old"}).bytes();
    const ByteVector after = StoreBuilder(c.shape).add({.name = u"New"}).add({.name = u"Other"}).bytes();
    const std::uint64_t target_bytes = 72 + c.shape.store_bytes;
    ASSERT_EQ(target_bytes % 0x1000, 0u);
    test_stores::poke(bytes, c.spare_offset_bytes, std::span(after).first(target_bytes));
    put_queue(bytes, c.shape, 0xfc, 0xfd, c.spare_offset_bytes);
    const Outcome outcome = read_store(bytes);
    ASSERT_OK(outcome.store);
    EXPECT_FINDING(outcome.store->findings, kPendingWrite);
    ASSERT_EQ(outcome.store->records.size(), 2u) << c.shape.name;
    EXPECT_EQ(outcome.store->records[0].name.text, "New");
    ASSERT_TRUE(outcome.store->replayed);
    EXPECT_EQ(outcome.store->replayed->target, (Range{0, target_bytes}));
    const Outcome stored = read_store(bytes, {.as_stored = true});
    ASSERT_OK(stored.store);
    ASSERT_EQ(stored.store->records.size(), 1u);
    EXPECT_EQ(stored.store->records[0].name.text, "Old");
    EXPECT_FALSE(stored.store->replayed);

    // Once the queue says that it is done, the same bytes are read as they stand.
    for (const storage::Patch& patch : completion_of(*outcome.store->replayed)) {
      test_stores::poke(bytes, patch.offset_bytes, patch.bytes);
    }
    EXPECT_EQ(bytes[c.shape.working_offset_bytes + 32 + 80], 0xf8);
    EXPECT_EQ(bytes[c.shape.working_offset_bytes + 32 + 120], 0xf9);
    EXPECT_EQ(read_store(bytes).store->records[0].name.text, "Old");
  }
}

TEST(PendingWrite, ThatDoesNotFitTheStoreIsNotApplied) {
  ByteVector bytes = StoreBuilder(test_stores::ovmf_4m()).add({.name = u"Old"}).bytes();
  put_queue(bytes, test_stores::ovmf_4m(), 0xfc, 0xfd, 0x42000);
  test_stores::poke_u32(bytes, 0x41000 + 32 + 80 + 64, 0x7fffffff);
  const Outcome outcome = read_store(bytes);
  ASSERT_OK(outcome.store);
  EXPECT_FINDING(outcome.store->findings, kPendingWrite);
  EXPECT_EQ(outcome.store->findings[0].severity, Severity::kError);
  EXPECT_EQ(outcome.store->records[0].name.text, "Old");
}

TEST(PendingWrite, IsOneWhoseSpareIsCompleteAndWhoseTargetIsNot) {
  for (const PendingCase& c : kPendingCases) {
    const std::uint64_t queue = c.shape.working_offset_bytes + 32;
    ByteVector bytes = StoreBuilder(c.shape).add({.name = u"A"}).bytes();
    const auto findings = [&] { return read_store(bytes, {.as_stored = true}).store->findings; };
    put_queue(bytes, c.shape, 0xf8, 0xf9, c.spare_offset_bytes);
    EXPECT_THAT(findings(), ::testing::IsEmpty()) << c.shape.name << ": a finished write is none";
    put_queue(bytes, c.shape, 0xfc, 0xff, c.spare_offset_bytes);
    EXPECT_THAT(findings(), ::testing::IsEmpty()) << "spare not complete";
    put_queue(bytes, c.shape, 0xfc, 0xfd, c.spare_offset_bytes);
    EXPECT_FINDING(findings(), kPendingWrite);
    EXPECT_EQ(findings()[0].place.offset_bytes, queue + 120) << c.shape.name;
    EXPECT_LE(read_store(bytes, {.as_stored = true}).read_bytes, (64u << 10) + (68u << 10));
    test_stores::poke(bytes, c.shape.working_offset_bytes + 20, {0xff});
    EXPECT_THAT(findings(), ::testing::IsEmpty()) << "an area nobody trusts";
  }
}

}  // namespace
}  // namespace nonvol::flash
