#include "flash/repair.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "flash/compose.h"
#include "flash/pending_write.h"
#include "flash/predict.h"
#include "testing/expect.h"
#include "testing/feed_store.h"
#include "testing/store_damage.h"

namespace nonvol::flash {
namespace {

using test_stores::ByteVector;
using test_stores::damaged;
using test_stores::poke;
using test_stores::ProbeStore;
using testing::HasSubstr;
using testing::IsEmpty;

const Layout& layout(std::string_view name) {
  for (const Layout& each : known_layouts()) {
    if (each.name == name) return each;
  }
  return layout_of_volume(0);
}

Result<RepairPlan> plan(const ByteVector& file, const Layout* expected = nullptr) {
  return plan_repair("web01.fd", file, file.size(), expected);
}

Result<RepairPlan> plan_damage(std::string_view name) {
  return plan(damaged(test_stores::ovmf_4m(), name));
}

std::vector<Finding> steps(std::string_view name) {
  auto result = plan_damage(name);
  return result ? std::move(result->steps) : std::vector<Finding>{};
}

// The new file, as the caller would write it.
ByteVector repaired(const ByteVector& file, const RepairPlan& repair) {
  ByteVector after = file;
  after.resize(repair.file_size_bytes, 0xff);
  std::ranges::copy(repair.bytes, after.begin());
  return after;
}

// Name and data of each live variable.
std::vector<std::pair<std::string, ByteVector>> live(const ByteVector& file) {
  std::vector<std::pair<std::string, ByteVector>> result;
  const auto read = test_stores::read_store(file);
  if (!read.store) return result;
  for (const Record* record : live_variables(*read.store)) {
    const octets::Bytes data = read.store->data(*record);
    result.emplace_back(record->name.text, ByteVector(data.begin(), data.end()));
  }
  return result;
}

std::vector<test_stores::Shape> shapes() {
  return {test_stores::ovmf_2m(), test_stores::ovmf_4m(), test_stores::armvirt()};
}

TEST(Repair, EveryDamageThatCanBeMendedIs) {
  for (const test_stores::Shape& shape : shapes()) {
    const auto whole = live(test_stores::probe_store(shape).bytes);
    for (const test_stores::Damage& damage : test_stores::damages()) {
      SCOPED_TRACE(std::string(shape.name) + ", " + std::string(damage.name));
      if (damage.name == "noise") continue;
      const ByteVector file = damaged(shape, damage.name);
      const auto repair = plan(file, &layout(shape.name));
      ASSERT_OK(repair);
      const ByteVector after = repaired(file, *repair);
      auto wanted = whole;
      std::erase_if(wanted, [&](const auto& each) {
        return std::ranges::find(damage.unsaved, each.first) != damage.unsaved.end();
      });
      EXPECT_EQ(live(after), wanted);
      EXPECT_EQ(repair->live_after, wanted.size());
      const auto again = plan(after, &layout(shape.name));
      ASSERT_OK(again);
      EXPECT_THAT(again->steps, IsEmpty());
      EXPECT_EQ(again->bytes,
                ByteVector(after.begin(), after.begin() + static_cast<std::ptrdiff_t>(again->bytes.size())));
    }
  }
}

// What is left after a repair is what each kind of firmware keeps.
TEST(Repair, MakesWhatFirmwareKeeps) {
  for (const test_stores::Shape& shape : shapes()) {
    const bool is_arm = shape.name == "armvirt";
    FirmwareTraits firmware{.family = is_arm ? FirmwareTraits::Family::kArm : FirmwareTraits::Family::kX86,
                            .expects = &layout(shape.name),
                            .validates_records = is_arm,
                            .code_name = "CODE.fd"};
    for (const test_stores::Damage& damage : test_stores::damages()) {
      if (damage.name == "noise" || (is_arm && damage.name.starts_with("all-"))) continue;
      const ByteVector file = damaged(shape, damage.name);
      const auto repair = plan(file, &layout(shape.name));
      ASSERT_OK(repair);
      for (const bool smm : {false, true}) {
        firmware.smm = smm && !is_arm;
        const ByteVector after = repaired(file, *repair);
        const Prediction prediction = predict("web01.fd", after, after.size(), firmware);
        EXPECT_EQ(to_string(prediction.outcome), "keeps") << shape.name << ", " << damage.name;
        EXPECT_THAT(prediction.lost, IsEmpty()) << damage.name;
      }
    }
  }
}

TEST(Repair, OfAHealthyStoreIsNothing) {
  for (const std::string_view name :
       {"none", "volume-zero-vector", "volume-block-count", "state-7f", "state-3e", "tail-torn", "tail-bytes",
        "ftw-erased", "pending-no-spare", "pending-target-done"}) {
    const ByteVector file = damaged(test_stores::ovmf_4m(), name);
    const auto repair = plan(file);
    ASSERT_OK(repair);
    EXPECT_THAT(repair->steps, IsEmpty()) << name;
    EXPECT_EQ(repair->bytes, file) << name;
    EXPECT_EQ(repair->file_size_bytes, file.size()) << name;
    EXPECT_EQ(repair->live_before, repair->live_after) << name;
  }
}

TEST(Repair, EachStepHasItsId) {
  EXPECT_FINDING(steps("volume-checksum"), kRepairVolumeHeader);
  EXPECT_FINDING(steps("volume-attributes"), kRepairVolumeHeader);
  EXPECT_FINDING(steps("store-guid"), kRepairStoreHeader);
  EXPECT_FINDING(steps("store-plain-guid"), kRepairStoreHeader);
  EXPECT_FINDING(steps("store-size-small"), kRepairStoreHeader);
  EXPECT_FINDING(steps("pending-block-0-erased"), kRepairReplayed);
  EXPECT_FINDING(steps("ftw-crc"), kRepairQueue);
  EXPECT_FINDING(steps("pending-spare-damaged"), kRepairQueue);
  EXPECT_FINDING(steps("spare-only"), kRepairFromSpare);
  EXPECT_FINDING(steps("start-mark"), kRepairMark);
  EXPECT_FINDING(steps("name-size-ffffffff"), kRepairSize);
  EXPECT_FINDING(steps("data-size-larger"), kRepairSize);
  EXPECT_FINDING(steps("state-11"), kRepairState);
  EXPECT_FINDING(steps("state-ff"), kRepairDropped);
  EXPECT_FINDING(steps("attributes-ffffffff"), kRepairDropped);
  EXPECT_FINDING(steps("all-ff"), kRepairBlank);
  EXPECT_FINDING(steps("short-4k"), kRepairLength);
  EXPECT_FINDING(steps("long-1m"), kRepairLength);
}

TEST(Repair, SaysWhatIsDoneWhereAndWhy) {
  const std::vector<Finding> mark = steps("start-mark");
  ASSERT_EQ(mark.size(), 1u);
  EXPECT_EQ(
      mark[0].message,
      "variable 'Probe2' at offset 0x11c of web01.fd: its start mark is 0x0000 instead of 0x55aa, and its sizes lead to "
      "the next record; the mark is put back");
  EXPECT_EQ(mark[0].place.text(), "web01.fd, byte 0x11c");
  const std::vector<Finding> lost = steps("attributes-ffffffff");
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_EQ(lost[0].severity, Severity::kError);
  EXPECT_THAT(lost[0].message, HasSubstr("'Probe2'"));
}

TEST(Repair, RefusesWhatItCannotTell) {
  EXPECT_ERROR(plan(ByteVector(0x3000, 0x11)), kRepairNoLayout);
  EXPECT_ERROR(plan(ByteVector{}), kRepairNoLayout);
  EXPECT_ERROR(plan_damage("noise"), kRepairNothingThere);
  const ByteVector whole = damaged(test_stores::ovmf_4m(), "none");
  EXPECT_ERROR(plan_repair("web01.fd", octets::Bytes(whole).first(0x10000), whole.size(), nullptr),
               kStoreTruncated);
  const ByteVector small = damaged(test_stores::ovmf_2m(), "none");
  EXPECT_ERROR(plan(small, &layout("ovmf-4m")), kRepairOtherLayout);
}

TEST(Repair, FindsTheLayoutByTheStrongestSign) {
  EXPECT_EQ(plan_damage("short-4k")->layout->name, "ovmf-4m")
      << "by the header, although no layout has that size";
  ByteVector file = damaged(test_stores::ovmf_2m(), "volume-checksum");
  file.resize(0x84000, 0xff);
  EXPECT_EQ(plan(file)->layout->name, "ovmf-2m")
      << "by the write queue, although the size is another layout's";
  EXPECT_EQ(plan(ByteVector(0x20000, 0))->layout->name, "ovmf-2m") << "by the size";
}

TEST(Repair, PaddingBehindAnX86StoreIsCutOff) {
  const ByteVector file = damaged(test_stores::ovmf_4m(), "none");
  for (const std::uint8_t byte : {std::uint8_t{0}, std::uint8_t{0xff}, std::uint8_t{0x12}}) {
    ByteVector padded = file;
    padded.resize(file.size() + 0x1000, 0xff);
    padded.back() = byte;
    std::fill(padded.begin() + static_cast<std::ptrdiff_t>(file.size()), padded.end() - 1,
              byte == 0x12 ? 0x00 : byte);
    const auto repair = plan(padded);
    ASSERT_OK(repair);
    EXPECT_EQ(repair->file_size_bytes, byte == 0x12 ? padded.size() : file.size())
        << "bytes that mean something stay";
  }
}

TEST(Repair, APaddedBankStaysAsLongAsItIs) {
  ByteVector file = damaged(test_stores::armvirt(), "volume-checksum");
  file.resize(0x200000, 0);
  const auto repair = plan(file);
  ASSERT_OK(repair);
  EXPECT_EQ(repair->file_size_bytes, file.size());
  EXPECT_EQ(repair->bytes.size(), 0xc0000u);
}

TEST(Repair, ABlankArmStoreIsForTheFirmwareToFormat) {
  const auto repair = plan(damaged(test_stores::armvirt(), "all-00"));
  ASSERT_OK(repair);
  EXPECT_THAT(repair->steps, IsEmpty());
}

// Two damaged records side by side: the first cannot be read, the second can.
TEST(Repair, GoesOnBehindWhatItGivesUp) {
  ProbeStore store = test_stores::probe_store(test_stores::ovmf_4m());
  poke(store.bytes, store.records[1], {0, 0, 0x12, 0});
  poke(store.bytes, store.records[2], {0, 0});
  const auto repair = plan(store.bytes);
  ASSERT_OK(repair);
  EXPECT_FINDING(repair->steps, kRepairMark);
  EXPECT_EQ(repair->live_after, 5u);
}

// Record-like bytes inside the data of a healthy variable are data.
TEST(Repair, DoesNotTakeDataForRecords) {
  const ProbeStore inner = test_stores::probe_store(test_stores::ovmf_4m());
  const ByteVector records(inner.bytes.begin() + 100,
                           inner.bytes.begin() + static_cast<std::ptrdiff_t>(inner.end_bytes));
  const ByteVector file = test_stores::StoreBuilder(test_stores::ovmf_4m())
                              .add({.name = u"Outer", .data = records})
                              .add({.name = u"Next"})
                              .bytes();
  const auto repair = plan(file);
  ASSERT_OK(repair);
  EXPECT_THAT(repair->steps, IsEmpty());
  EXPECT_EQ(repair->live_after, 2u);
}

// A record whose name makes no sense is one that the firmware reads all the same.
TEST(Repair, KeepsWhatTheFirmwareReadsEvenIfItLeadsNowhere) {
  ProbeStore store = test_stores::probe_store(test_stores::ovmf_4m());
  test_stores::poke_u32(store.bytes, store.records[2] + 0x24, 7);
  poke(store.bytes, store.records[2] + 60, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14});
  const auto repair = plan(store.bytes);
  ASSERT_OK(repair);
  EXPECT_FINDING(repair->steps, kRepairGap);
  EXPECT_EQ(repair->live_after, 6u);
}

TEST(Repair, PlainRecordsStayPlain) {
  const test_stores::Shape shape = test_stores::as_plain(test_stores::armvirt());
  ProbeStore store = test_stores::probe_store(shape);
  const auto whole = live(store.bytes);
  poke(store.bytes, 0x48, {0});
  poke(store.bytes, store.records[2], {0, 0});
  const auto repair = plan(store.bytes);
  ASSERT_OK(repair);
  EXPECT_EQ(live(repaired(store.bytes, *repair)), whole);
}

TEST(WriteQueue, IsAsTheTestsOwnBuilderMakesIt) {
  for (const test_stores::Shape& shape : shapes()) {
    const ByteVector file = test_stores::probe_store(shape).bytes;
    const Layout& its = layout(shape.name);
    const auto begin = file.begin() + static_cast<std::ptrdiff_t>(its.working.offset_bytes);
    EXPECT_EQ(empty_working_area(its),
              ByteVector(begin, begin + static_cast<std::ptrdiff_t>(its.working.size_bytes)));
    EXPECT_TRUE(read_write_queue(working_area_of(file, its), its).is_valid);
    EXPECT_FALSE(read_write_queue(working_area_of(file, its), its).interrupted);
  }
}

// Damage to Debian's own stores, record by record.
TEST(Repair, EveryMarkOfATemplateCanBeDamaged) {
  std::ifstream in("/usr/share/OVMF/OVMF_VARS_4M.ms.fd", std::ios::binary);
  if (!in) GTEST_SKIP() << "ovmf is not installed";
  const ByteVector file{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const auto read = test_stores::read_store(file);
  ASSERT_OK(read.store);
  const auto whole = live(file);
  for (const Record& record : read.store->records) {
    ByteVector hit = file;
    poke(hit, record.offset_bytes, {0, 0});
    const auto repair = plan(hit);
    ASSERT_OK(repair);
    EXPECT_EQ(repaired(hit, *repair), file) << record.offset_bytes;
  }
  EXPECT_THAT(plan(file)->steps, IsEmpty());
  EXPECT_EQ(live(file), whole);
}

}  // namespace
}  // namespace nonvol::flash
