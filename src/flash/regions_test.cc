#include "flash/regions.h"

#include <gmock/gmock.h>

#include "flash/store_reader.h"
#include "testing/expect.h"
#include "testing/store_builder.h"

namespace nonvol::flash {
namespace {

using test_stores::ByteVector;
using test_stores::StoreBuilder;
using Use = RegionUse;

struct Map {
  VariableStore store;
  std::vector<Region> regions;
};

Map map_of(const ByteVector& file, bool padded = true) {
  StoreReader reader("f", file.size(), {.thorough = true, .as_stored = true});
  while (const auto range = reader.wants()) {
    reader.feed(octets::Bytes(file).subspan(range->offset_bytes, range->size_bytes));
  }
  auto store = std::move(reader).finish();
  EXPECT_TRUE(store) << store.error().message;
  Map map{*std::move(store), {}};
  const std::uint64_t volume = std::min<std::uint64_t>(map.store.volume.length_bytes, file.size());
  map.regions = regions_of(map.store, octets::Bytes(file).first(volume), padded);
  return map;
}

std::vector<Use> uses(const Map& map) {
  std::vector<Use> result;
  for (const Region& region : map.regions) result.push_back(region.use);
  return result;
}

void expect_covered(const Map& map) {
  std::uint64_t at = 0;
  for (const Region& region : map.regions) {
    EXPECT_EQ(region.begin_bytes, at);
    EXPECT_GT(region.size_bytes, 0u);
    at += region.size_bytes;
  }
  EXPECT_EQ(at, map.store.file_size_bytes);
}

TEST(Regions, BlankTemplatesOfEachLayout) {
  for (const auto& shape : {test_stores::ovmf_2m(), test_stores::ovmf_4m(), test_stores::armvirt()}) {
    const Map map = map_of(StoreBuilder(shape).bytes());
    expect_covered(map);
    std::vector<Use> wanted = {Use::kHeaders, Use::kFree,          Use::kEventLogErased,
                               Use::kWorking, Use::kWorkingErased, Use::kSpareErased};
    if (shape.name == "armvirt") wanted.erase(wanted.begin() + 2);
    EXPECT_EQ(uses(map), wanted) << shape.name;
    EXPECT_EQ(map.regions[0].size_bytes, 100u);
  }
}

TEST(Regions, RecordsAreToldApart) {
  StoreBuilder builder(test_stores::ovmf_2m());
  builder.add({.name = u"A", .state = 0x3c}).add({.name = u"A"}).add({.name = u"B", .state = 0x3d});
  builder.add({.state = 0xff, .header_only = true}).add({.name = u"C", .state = 0x3e});
  const Map map = map_of(builder.bytes());
  expect_covered(map);
  const std::vector<Use> all = uses(map);
  EXPECT_THAT(std::vector<Use>(all.begin(), all.begin() + 7),
              ::testing::ElementsAre(Use::kHeaders, Use::kDead, Use::kLive, Use::kDead, Use::kHole,
                                     Use::kLive, Use::kFree));
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(map.regions[i + 1].record, i);
}

TEST(Regions, UsedAreasEndWhereTheyAreErased) {
  StoreBuilder builder(test_stores::ovmf_2m());
  builder.add({.name = u"A"});
  ByteVector bytes = builder.bytes();
  test_stores::poke(bytes, builder.next_offset_bytes() + 99, {1});  // behind the last record
  test_stores::poke(bytes, 0xe00f, {1});                            // event log
  test_stores::poke(bytes, 0x10fff, {1});                           // spare
  const Map map = map_of(bytes);
  expect_covered(map);
  EXPECT_THAT(uses(map), ::testing::ElementsAre(Use::kHeaders, Use::kLive, Use::kRest, Use::kFree,
                                                Use::kEventLog, Use::kEventLogErased, Use::kWorking,
                                                Use::kWorkingErased, Use::kSpare, Use::kSpareErased));
  EXPECT_EQ(map.regions[2].size_bytes, 100u);
  EXPECT_EQ(map.regions[4].size_bytes, 16u);
  EXPECT_EQ(map.regions[6].size_bytes, 32u);
  EXPECT_EQ(map.regions[8].size_bytes, 0x1000u);
}

TEST(Regions, DamagedRecordsAndWhatIsBehindTheVolume) {
  StoreBuilder builder(test_stores::ovmf_2m());
  builder.add({.name = u"A"}).add({.name = u"B", .data_size = 0x7fffffff});
  ByteVector bytes = builder.bytes();
  bytes.resize(0x40000, 0);
  Map map = map_of(bytes);
  expect_covered(map);
  EXPECT_EQ(map.regions[2].use, Use::kDamaged);
  EXPECT_EQ(map.regions.back().use, Use::kPadding);
  map = map_of(bytes, false);
  EXPECT_EQ(map.regions.back().use, Use::kForeign);
  EXPECT_EQ(map.regions.back().begin_bytes, 0x20000u);
}

TEST(Regions, AStoreThatIsSmallerThanItsLayoutAllows) {
  ByteVector bytes = StoreBuilder(test_stores::ovmf_2m()).bytes();
  test_stores::poke_u32(bytes, 0x58, 0xdfb8 - 0x1000);
  const Map map = map_of(bytes);
  expect_covered(map);
  EXPECT_EQ(map.regions[1].use, Use::kFree);
  EXPECT_EQ(map.regions[2].use, Use::kUnknown);
  EXPECT_EQ(map.regions[2].begin_bytes, 0xd000u);
  EXPECT_EQ(map.regions[3].use, Use::kEventLogErased);
}

TEST(Regions, UnknownLayoutsAndBlankFiles) {
  const Map map = map_of(StoreBuilder(test_stores::tiny()).add({.name = u"A"}).bytes());
  expect_covered(map);
  EXPECT_EQ(map.regions[1].use, Use::kLive);
  const Map blank = map_of(ByteVector(0x84000, 0xff));
  expect_covered(blank);
  EXPECT_THAT(uses(blank), ::testing::ElementsAre(Use::kBlank));
}

TEST(Regions, HaveNames) {
  EXPECT_EQ(to_string(Use::kHeaders), "headers");
  EXPECT_EQ(to_string(Use::kEventLog), "event-log");
  EXPECT_EQ(to_string(Use::kSpare), "spare");
  EXPECT_EQ(to_string(Use::kBlank), "blank");
}

}  // namespace
}  // namespace nonvol::flash
