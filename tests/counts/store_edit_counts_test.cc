#include <gmock/gmock.h>

#include <set>

#include "testing/expect.h"
#include "testing/sim_disk.h"
#include "testing/store_builder.h"
#include "varstore/commit.h"

namespace nonvol {
namespace {

using test_stores::ByteVector;
using Way = varstore::ChangePlan::Way;

constexpr const char* kPath = "/vm/web01.fd";

struct Counted {
  varstore::ChangePlan plan;
  std::uint64_t file_flushes = 0;
  std::uint64_t directory_syncs = 0;
};

Counted change(std::size_t variables) {
  testing::SimDisk disk;
  disk.put_directory("/vm");
  disk.put_file(kPath, test_stores::StoreBuilder(test_stores::ovmf_4m())
                           .add({.name = u"Set0", .data = {1}})
                           .add({.name = u"Other", .data = ByteVector(20'000, 2)})
                           .bytes());
  varstore::OpenStore store{*disk.open_write(kPath), kPath, true};
  const auto contents = varstore::read_contents(*store.file, kPath, {.thorough = true});
  std::vector<varstore::Change> changes(variables);
  for (std::size_t i = 0; i < variables; ++i) {
    const std::string name = "Set" + std::to_string(i);
    changes[i].variable.identity = *variable::make_identity(name, test_stores::kGlobal);
    changes[i].variable.attributes = 7;
    changes[i].variable.data = ByteVector(1000, 7);
  }
  Counted counted{*varstore::plan_changes(*contents, changes)};
  EXPECT_OK(varstore::commit(disk, store, counted.plan, {.command = "test", .time = "now"}));
  counted.file_flushes = disk.file_flushes();
  counted.directory_syncs = disk.directory_syncs();
  return counted;
}

TEST(Change, InPlaceTakesTwoFlushesAndThreePages) {
  const Counted counted = change(1);
  EXPECT_EQ(counted.plan.way, Way::kInPlace);
  EXPECT_EQ(counted.file_flushes, 2u);
  EXPECT_EQ(counted.directory_syncs, 0u);
  // What reaches the device are whole pages, at most 12 KiB of them.
  std::set<std::uint64_t> pages;
  for (const flash::InPlaceStep& step : counted.plan.steps) {
    for (const storage::Patch& patch : step.writes) {
      const std::uint64_t end = patch.offset_bytes + patch.bytes.size();
      for (std::uint64_t at = patch.offset_bytes / 4096; at * 4096 < end; ++at) pages.insert(at);
    }
  }
  EXPECT_LE(pages.size(), 3u);
}

TEST(Change, ByReplacingTakesOneFlushOfTheFileAndOneOfTheDirectory) {
  const Counted counted = change(2);
  EXPECT_EQ(counted.plan.way, Way::kReplace);
  EXPECT_EQ(counted.file_flushes, 1u);
  EXPECT_EQ(counted.directory_syncs, 1u);
}

}  // namespace
}  // namespace nonvol
