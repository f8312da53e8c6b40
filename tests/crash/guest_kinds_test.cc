#include <fmt/format.h>

#include <cstdio>

#include "guest_story.h"
#include "testing/expect.h"

// What guest_crash_test.cc shows of a copied store, of everything else that a guest can have.
namespace nonvol::crash {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

const std::set<Condition> kAnythingWhole{Condition::kAbsent, Condition::kComplete, Condition::kKept};

// Whole sectors, as an overlay needs; the last one is not zero.
Bytes whole_sectors() {
  Bytes bytes = small_template();
  bytes.resize(4096 + 1024, 0xff);
  return bytes;
}

class EveryKind : public ::testing::TestWithParam<Kind> {
 protected:
  Tree before(Action action) const {
    const Tree home = home_with_others(whole_sectors(), GetParam());
    const auto disk = disk_of(home);
    if (action == Action::kCreate) return disk->tree();
    EXPECT_OK(act(Action::kCreate, *disk, GetParam()));
    return disk->tree();
  }

  Story story(const Tree& tree, Action action, std::uint64_t limit = 1024) const {
    Story result{[tree] { return disk_of(tree); }, action, kAnythingWhole, limit};
    result.kind = GetParam();
    return result;
  }

  // Without a store there is none to keep.
  std::vector<Action> actions() const {
    if (GetParam() == Kind::kNone) return {Action::kCreate, Action::kDelete};
    return {Action::kCreate, Action::kDelete, Action::kKeep};
  }
};

INSTANTIATE_TEST_SUITE_P(Guest, EveryKind,
                         ::testing::Values(Kind::kOverlay, Kind::kSharedOverlay, Kind::kCombined, Kind::kNone,
                                           Kind::kWithTpm, Kind::kOnlyTpm),
                         [](const auto& kind) {
                           std::string name = to_string(kind.param);
                           std::erase(name, ' ');
                           return name;
                         });

TEST_P(EveryKind, IsThereOrNotAtEveryPowerCut) {
  for (const Action action : actions()) {
    const Report report = cut_power_everywhere(story(before(action), action));
    EXPECT_THAT(report.violations, IsEmpty()) << to_string(action) << ", seed " << report.seed;
    std::puts(fmt::format("{} of {}: {} steps, {} crash states", to_string(action), to_string(GetParam()),
                          report.steps, report.states)
                  .c_str());
  }
}

TEST_P(EveryKind, IsAsSafeAfterAPowerCut) {
  for (const Action first : actions()) {
    const Report cut = cut_power_everywhere(story(before(first), first));
    EXPECT_GE(cut.shapes.size(), 2u);
    for (const Action second : actions()) {
      for (const Tree& tree : cut.shapes) {
        const Report report = cut_power_everywhere(story(tree, second, 64));
        EXPECT_THAT(report.violations, IsEmpty())
            << to_string(second) << " after a cut-off " << to_string(first) << ", seed " << report.seed;
      }
    }
  }
}

TEST_P(EveryKind, IsAsSafeAfterAKill) {
  for (const Action first : actions()) {
    const Tree start = before(first);
    const auto whole = disk_of(start);
    ASSERT_OK(act(first, *whole, GetParam()));
    for (const Action second : actions()) {
      for (std::uint64_t step = 1; step <= whole->steps(); ++step) {
        Story told = story(start, second, 64);
        told.disk = [&] {
          auto disk = disk_of(start);
          disk->stop_at_step(step);
          (void)act(first, *disk, GetParam());
          disk->go_on();
          return disk;
        };
        const Report report = cut_power_everywhere(told);
        EXPECT_THAT(report.violations, IsEmpty()) << to_string(second) << " after a " << to_string(first)
                                                  << " killed at step " << step << ", seed " << report.seed;
      }
    }
  }
}

// One step fails; what was begun is taken back, and the command works the next time.
TEST_P(EveryKind, TakesBackWhatFails) {
  for (const Action action : actions()) {
    const Tree start = before(action);
    const auto whole = disk_of(start);
    ASSERT_OK(act(action, *whole, GetParam()));
    for (std::uint64_t step = 1; step <= whole->steps(); ++step) {
      const auto disk = disk_of(start);
      disk->fail_steps(step, 1, ErrorId::kInputOutput);
      EXPECT_ERROR(act(action, *disk, GetParam()), kInputOutput);
      EXPECT_TRUE(kAnythingWhole.contains(condition_of(*disk, GetParam()))) << to_string(action) << step;
      if (action == Action::kCreate) {
        EXPECT_FALSE(has_leftovers(*disk)) << "step " << step;
      }
      disk->for_each_crash_state(64, 1, [&](testing::SimDisk& state) {
        EXPECT_TRUE(kAnythingWhole.contains(condition_of(state, GetParam()))) << to_string(action) << step;
        EXPECT_TRUE(others_untouched(state, start)) << to_string(action) << step;
      });
      EXPECT_OK(act(action, *disk, GetParam())) << ", step " << step;
      EXPECT_FALSE(has_leftovers(*disk)) << "step " << step;
    }
  }
}

TEST_P(EveryKind, CostsNoMoreThanItHasTo) {
  const auto disk = disk_of(home_with_others(whole_sectors(), GetParam()));
  const std::uint64_t flushes = disk->file_flushes();
  const std::uint64_t syncs = disk->directory_syncs();
  ASSERT_OK(act(Action::kCreate, *disk, GetParam()));
  const bool is_first = GetParam() == Kind::kOverlay;
  // One for each file: the record, and what the guest has besides.
  const bool has_three = is_first || GetParam() == Kind::kWithTpm;
  EXPECT_EQ(disk->file_flushes() - flushes, has_three ? 3u : GetParam() == Kind::kNone ? 1u : 2u);
  EXPECT_EQ(disk->directory_syncs() - syncs, is_first ? 4u : 2u);
}

// The image of a TPM that is not flushed must be found: the record would name what is not there.
class ForgetfulImage : public testing::SimDisk {
 public:
  class File : public storage::BlockFile {
   public:
    explicit File(std::unique_ptr<storage::BlockFile> file) : file_(std::move(file)) {}
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
  Result<std::unique_ptr<storage::BlockFile>> create_new(const std::string& path) override {
    Result<std::unique_ptr<storage::BlockFile>> file = testing::SimDisk::create_new(path);
    if (!file || !path.ends_with(".nvram")) return file;
    return std::unique_ptr<storage::BlockFile>(std::make_unique<File>(*std::move(file)));
  }
};

template <class Disk>
std::unique_ptr<Disk> filled(std::unique_ptr<Disk> disk, const Tree& tree) {
  for (const auto& [path, bytes] : tree) {
    if (path.ends_with('/')) {
      disk->put_directory(path.substr(0, path.size() - 1));
    } else {
      disk->put_file(path, bytes);
    }
  }
  return disk;
}

TEST(BrokenTpm, IsFound) {
  const Tree tree = home_with_others(whole_sectors());
  Story story{
      [&]() -> std::unique_ptr<testing::SimDisk> { return filled(std::make_unique<ForgetfulImage>(), tree); },
      Action::kCreate, kAnythingWhole, 1024};
  story.kind = Kind::kWithTpm;
  EXPECT_THAT(cut_power_everywhere(story).violations, Not(IsEmpty()));
}

// A flush or sync that is left out of what is new here must be found.
class ForgetfulMasters : public testing::SimDisk {
 public:
  explicit ForgetfulMasters(std::string ending) : ending_(std::move(ending)) {}
  Result<void> sync_directory(const std::string& path) override {
    if (path.ends_with(ending_) && --left_ >= 0) return {};
    return testing::SimDisk::sync_directory(path);
  }
  void forget(int count) { left_ = count; }

 private:
  std::string ending_;
  int left_ = 0;
};

TEST(BrokenMasters, AreFound) {
  const Tree tree = home_with_others(whole_sectors(), Kind::kOverlay);
  for (const char* ending : {"/.masters", "/guests"}) {
    Story story{[&]() -> std::unique_ptr<testing::SimDisk> {
                  auto disk = filled(std::make_unique<ForgetfulMasters>(ending), tree);
                  disk->forget(1);
                  return disk;
                },
                Action::kCreate, kAnythingWhole, 1024};
    story.kind = Kind::kOverlay;
    EXPECT_THAT(cut_power_everywhere(story).violations, Not(IsEmpty())) << ending;
  }
}

}  // namespace
}  // namespace nonvol::crash
