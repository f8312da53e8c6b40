#include <fmt/format.h>

#include <cstdio>

#include "guest_story.h"
#include "testing/expect.h"

namespace nonvol::crash {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

// So that a state of sampling can be made again, and the figures be seen: ctest -V -R crash.guest.
Report tell(std::string_view what, const Story& story) {
  Report report = cut_power_everywhere(story);
  std::puts(fmt::format("{}: {} steps, {} crash states{}", what, report.steps, report.states,
                        report.sampled_steps == 0
                            ? std::string()
                            : fmt::format(", {} of the steps sampled with NONVOL_SEED={}",
                                          report.sampled_steps, report.seed))
                .c_str());
  return report;
}

std::function<std::unique_ptr<testing::SimDisk>()> starting_with(const Tree& tree) {
  return [tree] { return disk_of(tree); };
}

Tree tree_with_guest() {
  const auto disk = disk_of(home_with_others(small_template()));
  EXPECT_OK(act(Action::kCreate, *disk));
  return disk->tree();
}

Tree tree_with_kept_store() {
  const auto disk = disk_of(tree_with_guest());
  EXPECT_OK(act(Action::kKeep, *disk));
  return disk->tree();
}

Tree tree_before(Action action) {
  return action == Action::kCreate ? home_with_others(small_template()) : tree_with_guest();
}

const std::set<Condition> kAbsentOrComplete{Condition::kAbsent, Condition::kComplete};
const std::set<Condition> kAnythingWhole{Condition::kAbsent, Condition::kComplete, Condition::kKept};

TEST(Create, IsThereOrNotAtEveryPowerCut) {
  const Report report =
      tell("create", {starting_with(home_with_others(small_template())), Action::kCreate, kAbsentOrComplete});
  EXPECT_THAT(report.violations, IsEmpty());
  EXPECT_EQ(report.sampled_steps, 0u);
}

TEST(Create, MakesTheHomeDurableToo) {
  const Report report = tell("create with the home", {starting_with(firmware_only(small_template())),
                                                      Action::kCreate, kAbsentOrComplete});
  EXPECT_THAT(report.violations, IsEmpty());
}

TEST(Create, IsThereOrNotWithManySectors) {
  const Report report = tell("create, large", {starting_with(home_with_others(large_template())),
                                               Action::kCreate, kAbsentOrComplete});
  EXPECT_THAT(report.violations, IsEmpty());
  EXPECT_GT(report.sampled_steps, 0u);
}

TEST(Delete, IsThereOrNotAtEveryPowerCut) {
  const Report report =
      tell("delete", {starting_with(tree_with_guest()), Action::kDelete, kAbsentOrComplete});
  EXPECT_THAT(report.violations, IsEmpty());
}

TEST(Delete, KeepsTheStoreAtEveryPowerCut) {
  const Report report =
      tell("delete, keeping the store",
           {starting_with(tree_with_guest()), Action::kKeep, {Condition::kComplete, Condition::kKept}});
  EXPECT_THAT(report.violations, IsEmpty());
}

TEST(Delete, RemovesAKeptStore) {
  const Report report =
      tell("delete of a kept store",
           {starting_with(tree_with_kept_store()), Action::kDelete, {Condition::kAbsent, Condition::kKept}});
  EXPECT_THAT(report.violations, IsEmpty());
}

// Every set of paths that a power cut can leave is where the next command starts, and is cut off in its turn.
TEST(AfterAPowerCut, TheNextCommandIsAsSafe) {
  for (const Action first : {Action::kCreate, Action::kDelete, Action::kKeep}) {
    const Report before = cut_power_everywhere({starting_with(tree_before(first)), first, kAnythingWhole});
    EXPECT_GE(before.shapes.size(), 2u);
    for (const Action second : {Action::kCreate, Action::kDelete, Action::kKeep}) {
      Report sum;
      for (const Tree& tree : before.shapes) {
        const Report report = cut_power_everywhere({starting_with(tree), second, kAnythingWhole, 1024});
        EXPECT_THAT(report.violations, IsEmpty());
        sum.states += report.states;
        sum.steps += report.steps;
      }
      std::puts(fmt::format("{} after a cut-off {}: {} starts, {} steps, {} crash states", to_string(second),
                            to_string(first), before.shapes.size(), sum.steps, sum.states)
                    .c_str());
    }
  }
}

// What a killed process did is seen by the next one, yet not durable.
std::unique_ptr<testing::SimDisk> disk_after_killing(Action action, std::uint64_t step) {
  auto disk = disk_of(tree_before(action));
  disk->stop_at_step(step);
  (void)act(action, *disk);
  disk->go_on();
  return disk;
}

std::uint64_t steps_of(Action action) {
  const auto disk = disk_of(tree_before(action));
  EXPECT_OK(act(action, *disk));
  return disk->steps();
}

TEST(AfterAKill, TheNextCommandIsAsSafe) {
  for (const Action first : {Action::kCreate, Action::kDelete, Action::kKeep}) {
    for (const Action second : {Action::kCreate, Action::kDelete, Action::kKeep}) {
      Report sum;
      for (std::uint64_t step = 1; step <= steps_of(first); ++step) {
        const auto start = [&] { return disk_after_killing(first, step); };
        const Report report = cut_power_everywhere({start, second, kAnythingWhole, 512});
        EXPECT_THAT(report.violations, IsEmpty()) << "killed at step " << step << ", seed " << report.seed;
        sum.states += report.states;
        sum.steps += report.steps;
      }
      std::puts(fmt::format("{} after a killed {}: {} steps, {} crash states", to_string(second),
                            to_string(first), sum.steps, sum.states)
                    .c_str());
    }
  }
}

// One step fails, or several in a row so that the way back fails too; then the machine goes on, or loses
// power.
void fail_everywhere(Action action, std::uint64_t count, const std::set<Condition>& allowed_after_error) {
  const std::uint64_t steps = steps_of(action);
  for (const ErrorId id : {ErrorId::kInputOutput, ErrorId::kNoSpace}) {
    for (std::uint64_t step = 1; step <= steps; ++step) {
      const auto disk = disk_of(tree_before(action));
      const Tree before = disk->tree();
      disk->fail_steps(step, count, id);
      const Result<Condition> failed = act(action, *disk);
      ASSERT_FALSE(failed.has_value()) << "step " << step;
      EXPECT_EQ(failed.error().id, id);
      EXPECT_TRUE(allowed_after_error.contains(condition_of(*disk)))
          << to_string(condition_of(*disk)) << step;
      if (count == 1 && action == Action::kCreate) {
        EXPECT_FALSE(has_leftovers(*disk)) << "step " << step;
      }
      disk->for_each_crash_state(512, 1, [&](testing::SimDisk& state) {
        EXPECT_TRUE(kAnythingWhole.contains(condition_of(state))) << "step " << step;
        EXPECT_TRUE(others_untouched(state, before));
      });
      disk->fail_steps(0, 0, id);
      const Result<Condition> again = act(action, *disk);
      EXPECT_OK(again) << ", step " << step;
      EXPECT_FALSE(has_leftovers(*disk)) << "step " << step;
      EXPECT_TRUE(others_untouched(*disk, before));
    }
  }
}

TEST(FailingStep, LeavesNothingOfACreate) {
  fail_everywhere(Action::kCreate, 1, {Condition::kAbsent});
}

TEST(FailingStep, LeavesAGuestOrNoneOfADelete) {
  fail_everywhere(Action::kDelete, 1, kAbsentOrComplete);
  fail_everywhere(Action::kKeep, 1, {Condition::kComplete, Condition::kKept});
}

// Nothing is removed before the new name is durable, so that the guest can come back.
TEST(FailingStep, BringsTheGuestBack) {
  const auto disk = disk_of(tree_with_guest());
  const Tree before = disk->tree();
  disk->fail_steps(2, 1, ErrorId::kInputOutput);  // the sync of the home
  EXPECT_ERROR(act(Action::kDelete, *disk), kInputOutput);
  EXPECT_EQ(disk->tree(), before);
}

TEST(Delete, BringsAGuestBackThatWasStartedMeanwhile) {
  const auto disk = disk_of(tree_with_guest());
  const Tree before = disk->tree();
  disk->set_in_use(std::string(kHome) + "/.web01.deleting/web01_VARS.fd");
  EXPECT_ERROR(act(Action::kDelete, *disk), kGuestRunning);
  EXPECT_EQ(disk->tree(), before);
  disk->for_each_crash_state(4096, 1, [&](testing::SimDisk& state) { EXPECT_EQ(state.tree(), before); });
}

TEST(FailingStep, LeavesNothingHalfWhenTheWayBackFailsToo) {
  for (const std::uint64_t count : {2, 3, 100}) {
    fail_everywhere(Action::kCreate, count, kAbsentOrComplete);
    fail_everywhere(Action::kDelete, count, kAbsentOrComplete);
    fail_everywhere(Action::kKeep, count, {Condition::kComplete, Condition::kKept});
  }
}

TEST(Durability, CostsTwoFlushesAndTwoSyncs) {
  const auto disk = disk_of(home_with_others(small_template()));
  ASSERT_OK(act(Action::kCreate, *disk));
  EXPECT_EQ(disk->file_flushes(), 2u);
  EXPECT_EQ(disk->directory_syncs(), 2u);
}

TEST(Durability, OfAHomeThatAKilledProcessMadeIsNotTakenOnTrust) {
  Tree tree = home_with_others(small_template());
  tree.erase(std::string(kHome) + "/.lock");
  const auto disk = disk_of(tree);
  ASSERT_OK(act(Action::kCreate, *disk));
  EXPECT_EQ(disk->directory_syncs(), 3u) << "its name in its parent is made durable as well";
}

// Passes everything on but for what it is told to forget.
class ForgetfulSystem : public storage::FileSystem {
 public:
  ForgetfulSystem(storage::FileSystem& files, std::string forgotten_ending)
      : files_(files), forgotten_(std::move(forgotten_ending)) {}

  Result<std::unique_ptr<storage::Directory>> open_directory(const std::string& path) override {
    return files_.open_directory(path);
  }
  Result<std::unique_ptr<storage::BlockFile>> open_read(const std::string& path) override {
    return files_.open_read(path);
  }
  Result<storage::FileStatus> status(const std::string& path) override { return files_.status(path); }
  Result<std::string> read_link(const std::string& path) override { return files_.read_link(path); }
  Result<std::unique_ptr<storage::BlockFile>> create_new(const std::string& path) override {
    Result<std::unique_ptr<storage::BlockFile>> file = files_.create_new(path);
    if (!file || !path.ends_with(forgotten_)) return file;
    return std::make_unique<ForgetfulFile>(std::move(*file));
  }
  Result<std::unique_ptr<storage::BlockFile>> create_new_read_only(const std::string& path) override {
    return create_new(path);
  }
  Result<std::unique_ptr<storage::BlockFile>> open_write(const std::string& path) override {
    Result<std::unique_ptr<storage::BlockFile>> file = files_.open_write(path);
    if (!file || !path.ends_with(forgotten_)) return file;
    return std::make_unique<ForgetfulFile>(std::move(*file));
  }
  Result<void> make_directory(const std::string& path) override { return files_.make_directory(path); }
  Result<void> sync_directory(const std::string& path) override {
    if (path.ends_with(forgotten_)) return {};
    return files_.sync_directory(path);
  }
  Result<void> rename_new(const std::string& from, const std::string& to) override {
    return files_.rename_new(from, to);
  }
  Result<void> rename_replace(const std::string& from, const std::string& to) override {
    return files_.rename_replace(from, to);
  }
  Result<void> copy_owner_and_mode(const std::string& from_path, const std::string& to_path) override {
    return files_.copy_owner_and_mode(from_path, to_path);
  }
  Result<void> remove_file(const std::string& path) override { return files_.remove_file(path); }
  Result<void> remove_directory(const std::string& path) override { return files_.remove_directory(path); }
  Result<std::unique_ptr<storage::Lock>> lock(const std::string& path) override { return files_.lock(path); }
  Result<bool> image_in_use(const std::string& path) override { return files_.image_in_use(path); }

 private:
  class ForgetfulFile : public storage::BlockFile {
   public:
    explicit ForgetfulFile(std::unique_ptr<storage::BlockFile> file) : file_(std::move(file)) {}
    std::uint64_t size_bytes() const override { return file_->size_bytes(); }
    Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
      return file_->read_at(offset_bytes, into);
    }
    Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes bytes) override {
      return file_->write_at(offset_bytes, bytes);
    }
    Result<void> flush() override { return {}; }
    Result<void> resize(std::uint64_t size_bytes) override { return file_->resize(size_bytes); }

   private:
    std::unique_ptr<storage::BlockFile> file_;
  };

  storage::FileSystem& files_;
  std::string forgotten_;
};

Story forgetting(std::string ending, Action action, std::function<std::unique_ptr<testing::SimDisk>()> disk) {
  return {std::move(disk), action, kAnythingWhole, 4096,
          [ending](storage::FileSystem& files) { return std::make_unique<ForgetfulSystem>(files, ending); }};
}

// The enumeration is worth something only if it finds what is wrong.
TEST(BrokenProtocol, IsFound) {
  const auto empty = starting_with(home_with_others(small_template()));
  for (const char* ending : {"_VARS.fd", "guest.json", "/guests", ".creating"}) {
    const Report report =
        tell(fmt::format("create that forgets {}", ending), forgetting(ending, Action::kCreate, empty));
    EXPECT_THAT(report.violations, Not(IsEmpty())) << ending;
    for (const std::string& violation : report.violations) std::puts(("  " + violation).c_str());
  }
  const auto no_home = starting_with(firmware_only(small_template()));
  for (const char* ending : {"/srv", "/state"}) {
    EXPECT_THAT(cut_power_everywhere(forgetting(ending, Action::kCreate, no_home)).violations, Not(IsEmpty()))
        << ending;
  }
  const auto full = starting_with(tree_with_guest());
  EXPECT_THAT(cut_power_everywhere(forgetting("/guests", Action::kDelete, full)).violations, Not(IsEmpty()));
  EXPECT_THAT(cut_power_everywhere(forgetting("/web01", Action::kKeep, full)).violations, Not(IsEmpty()));
}

}  // namespace
}  // namespace nonvol::crash
