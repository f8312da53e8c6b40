#include <gmock/gmock.h>

#include "flash/store_reader.h"
#include "testing/expect.h"
#include "testing/feed_store.h"
#include "testing/store_builder.h"

namespace nonvol::flash {
namespace {

using test_stores::ByteVector;
using test_stores::poke;
using test_stores::read_store;
using test_stores::StoreBuilder;
using testing::HasSubstr;

constexpr std::uint64_t kMostForBlankBytes = 68 * 1024;

TEST(BlankStore, IsOneByteThroughout) {
  for (const auto& [size, layout] : {std::pair{std::size_t{0x20000}, "ovmf-2m"},
                                     {0x84000, "ovmf-4m"},
                                     {0xc0000, "armvirt"},
                                     {0x2000000, "armvirt"},
                                     {0x4000000, "armvirt"},
                                     {0x30000, "unknown"}}) {
    for (const auto& [byte, blank] : {std::pair{0x00, Blank::kZero}, {0xff, Blank::kErased}}) {
      const ByteVector file(size, static_cast<std::uint8_t>(byte));
      const auto read = read_store(file);
      ASSERT_OK(read.store);
      EXPECT_EQ(read.store->blank, blank);
      EXPECT_EQ(read.store->layout->name, layout);
      EXPECT_THAT(read.store->records, testing::IsEmpty());
      EXPECT_THAT(live_variables(*read.store), testing::IsEmpty());
      EXPECT_EQ(read.store->capacity_bytes(), 0u);
      EXPECT_FINDING(read.store->findings, kBlankStore);
      EXPECT_LE(read.read_bytes, kMostForBlankBytes);

      const auto thorough = read_store(file, {.thorough = true});
      ASSERT_OK(thorough.store);
      EXPECT_EQ(thorough.store->blank, blank);
      EXPECT_EQ(thorough.read_bytes, size);
    }
  }
}

TEST(BlankStore, SaysHowMuchOfItWasLookedAt) {
  const auto read = read_store(ByteVector(0xc0000, 0)).store;
  ASSERT_OK(read);
  EXPECT_EQ(read->findings.at(0).message,
            "web01.fd is blank: 68096 of its 786432 bytes were looked at and all are 0x00");
}

TEST(BlankStore, ProbesTheWriteAreasOfEveryLayout) {
  const auto reads = read_store(ByteVector(0xc0000, 0)).reads;
  EXPECT_THAT(reads, testing::ElementsAre(Range{0, 0x10000}, Range{0x10000, 512}, Range{0x40000, 512},
                                          Range{0x41000, 512}, Range{0x42000, 512}, Range{0x80000, 512}));
  EXPECT_THAT(
      read_store(ByteVector(0x41010, 0)).reads,
      testing::ElementsAre(Range{0, 0x10000}, Range{0x10000, 512}, Range{0x40000, 512}, Range{0x41000, 16}));
}

TEST(BlankStore, IsNotOneWhoseHeaderAloneIsErased) {
  // An interrupted reclaim: everything before the working area is erased.
  for (const auto& shape : {test_stores::ovmf_4m(), test_stores::armvirt()}) {
    for (const std::uint8_t byte : {std::uint8_t{0x00}, std::uint8_t{0xff}}) {
      ByteVector file = StoreBuilder(shape).bytes();
      std::fill_n(file.begin(), 0x40000, byte);
      const auto read = read_store(file);
      EXPECT_ERROR(read.store, kErasedHeader);
      EXPECT_LE(read.read_bytes, kMostForBlankBytes);
    }
  }
  ByteVector spare(0x84000, 0xff);
  poke(spare, 0x42000 + 0x28, {'_', 'F', 'V', 'H'});
  const auto read = read_store(spare).store;
  EXPECT_ERROR(read, kErasedHeader);
  EXPECT_EQ(read.error().message,
            "header of web01.fd is erased, yet data lies behind it: the first 65536 bytes are all 0xff, "
            "offset 0x42028 holds 0x5f");
}

TEST(BlankStore, IsNotOneOfThe2MLayoutWhoseHeaderAloneIsErased) {
  for (const std::uint8_t byte : {std::uint8_t{0x00}, std::uint8_t{0xff}}) {
    ByteVector file = StoreBuilder(test_stores::ovmf_2m()).bytes();
    std::fill_n(file.begin(), 0xe000, byte);
    EXPECT_ERROR(read_store(file).store, kErasedHeader);
  }
  ByteVector block =
      StoreBuilder(test_stores::ovmf_2m()).add({.name = u"Big", .data = ByteVector(9000, 0x11)}).bytes();
  std::fill_n(block.begin(), 0x1000, 0xff);
  const auto read = read_store(block).store;
  EXPECT_ERROR(read, kErasedHeader);
  EXPECT_THAT(read.error().message, HasSubstr("the first 4096 bytes are all 0xff, offset 0x1000 holds 0x11"));
}

TEST(BlankStore, IsNotOneOfTwoDifferentBytes) {
  for (const auto& [front, rest] : {std::pair{0x00, 0xff}, {0xff, 0x00}}) {
    ByteVector file(0x84000, static_cast<std::uint8_t>(rest));
    std::fill_n(file.begin(), 0x20000, static_cast<std::uint8_t>(front));
    EXPECT_ERROR(read_store(file).store, kErasedHeader);
  }
}

TEST(BlankStore, ThoroughlyReadIsNotOneWithAStrayByte) {
  ByteVector file(0x84000, 0xff);
  poke(file, 0x7fff0, {0});
  EXPECT_OK(read_store(file).store) << "no probe looks there";
  const auto thorough = read_store(file, {.thorough = true}).store;
  EXPECT_ERROR(thorough, kErasedHeader);
  EXPECT_THAT(thorough.error().message, HasSubstr("offset 0x7fff0 holds 0x00"));
}

TEST(BlankStore, EndingEarlyIsTruncated) {
  StoreReader reader("web01.fd", 0x84000);
  reader.feed(ByteVector(0x10000, 0xff));
  ASSERT_TRUE(reader.wants());
  reader.feed(ByteVector(100, 0xff));
  EXPECT_FALSE(reader.wants());
  EXPECT_ERROR(std::move(reader).finish(), kStoreTruncated);
}

}  // namespace
}  // namespace nonvol::flash
