#include "testing/sim_disk.h"

#include <fmt/format.h>

#include "testing/expect.h"

namespace nonvol::testing {
namespace {

using Tree = std::map<std::string, std::vector<std::uint8_t>>;

std::vector<std::uint8_t> filled(std::size_t size_bytes, std::uint8_t value) {
  return std::vector<std::uint8_t>(size_bytes, value);
}

std::set<Tree> states_of(const SimDisk& disk) {
  std::set<Tree> states;
  disk.for_each_crash_state(4096, 1, [&](SimDisk& state) { states.insert(state.tree()); });
  return states;
}

TEST(SimDisk, LosesAndGarblesWhatWasNotFlushed) {
  SimDisk disk;
  const auto file = disk.create_new("/f");
  ASSERT_OK(file);
  ASSERT_OK((*file)->write_at(0, filled(1024, 1)));
  ASSERT_OK((*file)->flush());
  ASSERT_OK(disk.sync_directory("/"));
  EXPECT_EQ(states_of(disk), (std::set<Tree>{{{"/f", filled(1024, 1)}}}));
  // The second sector and one beyond the old end: three ways each, and the size two.
  ASSERT_OK((*file)->write_at(600, filled(500, 2)));
  const std::set<Tree> states = states_of(disk);
  EXPECT_EQ(states.size(), 3u + 3u * 3u);
  EXPECT_TRUE(states.contains({{"/f", filled(1024, 1)}}));
  EXPECT_TRUE(states.contains(disk.tree()));
  for (const Tree& state : states) EXPECT_EQ(state.at("/f")[511], 1) << "a sector that was not written";
}

TEST(SimDisk, ForgetsNamesInAnyPossibleCombination) {
  SimDisk disk;
  ASSERT_OK(disk.make_directory("/a"));
  ASSERT_OK(disk.make_directory("/b"));
  ASSERT_OK(disk.rename_new("/a", "/c"));
  const Tree none;
  EXPECT_EQ(states_of(disk), (std::set<Tree>{none,
                                             {{"/a/", {}}},
                                             {{"/b/", {}}},
                                             {{"/c/", {}}},
                                             {{"/a/", {}}, {"/b/", {}}},
                                             {{"/b/", {}}, {"/c/", {}}}}));
  ASSERT_OK(disk.sync_directory("/"));
  EXPECT_EQ(states_of(disk), (std::set<Tree>{{{"/b/", {}}, {"/c/", {}}}}));
  ASSERT_OK(disk.remove_directory("/b"));
  EXPECT_EQ(states_of(disk).size(), 2u);
}

// What is in a directory is durable by itself: the name comes and goes with all of it.
TEST(SimDisk, KeepsADirectorysContentsThroughRenames) {
  SimDisk disk;
  ASSERT_OK(disk.make_directory("/t"));
  const auto file = disk.create_new("/t/f");
  ASSERT_OK(file);
  ASSERT_OK((*file)->flush());
  ASSERT_OK(disk.sync_directory("/t"));
  ASSERT_OK(disk.rename_new("/t", "/n"));
  EXPECT_EQ(states_of(disk),
            (std::set<Tree>{Tree{}, {{"/t/", {}}, {"/t/f", {}}}, {{"/n/", {}}, {"/n/f", {}}}}));
}

TEST(SimDisk, StopsAndFailsWhereItIsTold) {
  SimDisk disk;
  disk.stop_at_step(2);
  ASSERT_OK(disk.make_directory("/a"));
  EXPECT_ERROR(disk.make_directory("/b"), kInputOutput);
  EXPECT_TRUE(disk.stopped());
  EXPECT_ERROR(disk.make_directory("/c"), kInputOutput);
  disk.go_on();
  disk.fail_steps(disk.steps() + 1, 1, ErrorId::kNoSpace);
  EXPECT_ERROR(disk.make_directory("/d"), kNoSpace);
  ASSERT_OK(disk.make_directory("/e"));
  EXPECT_EQ(disk.tree(), (Tree{{"/a/", {}}, {"/e/", {}}}));
  EXPECT_ERROR(disk.rename_new("/a", "/e"), kAlreadyThere);
  EXPECT_ERROR(disk.remove_file("/nothing"), kFileMissing);
}

// Every state has a whole file under the name: the old one, or the new one as far as it was flushed.
TEST(SimDisk, ReplacesAFileByOldOrNew) {
  SimDisk disk;
  disk.put_file("/d/f", filled(512, 1));
  const auto file = disk.create_new("/d/f.new");
  ASSERT_OK(file);
  ASSERT_OK((*file)->write_at(0, filled(512, 2)));
  ASSERT_OK((*file)->flush());
  ASSERT_OK(disk.copy_owner_and_mode("/d/f", "/d/f.new"));
  ASSERT_OK(disk.rename_replace("/d/f.new", "/d/f"));
  const Tree old_state{{"/d/", {}}, {"/d/f", filled(512, 1)}};
  const Tree between{{"/d/", {}}, {"/d/f", filled(512, 1)}, {"/d/f.new", filled(512, 2)}};
  const Tree new_state{{"/d/", {}}, {"/d/f", filled(512, 2)}};
  EXPECT_EQ(disk.tree(), new_state);
  EXPECT_EQ(states_of(disk), (std::set<Tree>{old_state, between, new_state}));
  ASSERT_OK(disk.sync_directory("/d"));
  EXPECT_EQ(states_of(disk), (std::set<Tree>{new_state}));
  EXPECT_ERROR(disk.rename_replace("/d/gone", "/d/f"), kFileMissing);
  ASSERT_OK(disk.make_directory("/d/e"));
  EXPECT_ERROR(disk.rename_replace("/d/f", "/d/e"), kInputOutput);
  EXPECT_ERROR(disk.copy_owner_and_mode("/d/gone", "/d/f"), kFileMissing);
}

TEST(SimDisk, WritesInPlaceWhatIsNotInUse) {
  SimDisk disk;
  disk.put_file("/f", filled(1024, 1));
  {
    const auto file = disk.open_write("/f");
    ASSERT_OK(file);
    EXPECT_ERROR(disk.open_write("/f"), kImageInUse);
    EXPECT_ERROR(storage::open_write_waiting(disk, "/f", 1), kImageInUse);
    ASSERT_OK((*file)->write_at(0, filled(512, 2)));
  }
  EXPECT_EQ(states_of(disk).size(), 3u) << "the file was not flushed";
  EXPECT_OK(disk.open_write("/f"));
  disk.set_in_use("/f");
  EXPECT_ERROR(disk.open_write("/f"), kImageInUse);
  EXPECT_ERROR(disk.open_write("/g"), kFileMissing);
  EXPECT_ERROR(disk.open_write("/"), kInputOutput);
}

TEST(SimDisk, MayShowWhatACutTookAwayAgain) {
  SimDisk disk;
  disk.put_file("/f", filled(1024, 1));
  const auto file = disk.open_write("/f");
  ASSERT_OK(file);
  ASSERT_OK((*file)->resize(512));
  ASSERT_OK((*file)->resize(1024));
  const std::set<Tree> states = states_of(disk);
  EXPECT_EQ(states.size(), 3u);
  EXPECT_TRUE(states.contains({{"/f", filled(1024, 1)}}));
  EXPECT_TRUE(states.contains(disk.tree()));
}

}  // namespace
}  // namespace nonvol::testing
