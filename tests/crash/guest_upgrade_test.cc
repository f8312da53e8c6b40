#include <fmt/format.h>

#include <cstdio>

#include "guest_story.h"
#include "testing/expect.h"

// New code around a guest's own variables: whatever happens, the guest has an image that is all old or all
// new, and its variables.
namespace nonvol::crash {
namespace {

constexpr std::uint64_t kVariablesBytes = 600;  // ends inside of a sector
const std::string kImage = fmt::format("{0}/{1}/{1}_FLASH.fd", kHome, kName);
const std::string kRecord = fmt::format("{}/{}/guest.json", kHome, kName);

Bytes with_code(Bytes image, std::uint8_t code) {
  std::fill(image.begin() + kVariablesBytes, image.end(), code);
  return image;
}

// A guest in combined mode that has set variables, and firmware that an update has replaced.
Tree tree_with_old_code() {
  const auto disk = disk_of(home_with_others(small_template()));
  EXPECT_OK(act(Action::kCreate, *disk, Kind::kCombined));
  Tree tree = disk->tree();
  Bytes& image = tree.at(kImage);
  std::fill_n(image.begin(), kVariablesBytes, std::uint8_t{0x44});
  tree.at("/fw/CODE.fd") = with_code(tree.at("/fw/CODE.fd"), 0x77);
  return tree;
}

Result<guest::Upgraded> upgrade(storage::FileSystem& files, bool dry_run = false) {
  guest::Home home(files, kHome);
  const auto record = home.load(kName);
  if (!record) return record.error();
  guest::UpgradeRequest request;
  request.before = *record;
  request.descriptor = record->descriptor;
  request.features = record->features;
  request.executable = {"/fw/CODE.fd", "raw"};
  request.variables_bytes = kVariablesBytes;
  return home.upgrade(request, dry_run);
}

// Nothing where it is as it should be.
std::string trouble_in(const Tree& tree, const Tree& start, bool must_be_new) {
  const Bytes& old_image = start.at(kImage);
  const Bytes new_image = with_code(old_image, 0x77);
  const auto image = tree.find(kImage);
  const auto text = tree.find(kRecord);
  if (image == tree.end() || text == tree.end()) return "image or record is gone";
  if (image->second != old_image && image->second != new_image) return "the image is neither old nor new";
  const auto record = guest::parse_record(std::string(text->second.begin(), text->second.end()), kRecord);
  if (!record) return record.error().message;
  const bool record_is_new = text->second != start.at(kRecord);
  if (record_is_new && image->second != new_image) return "the record runs ahead of the image";
  if (must_be_new && !record_is_new) return "done was said, and the record is old";
  return {};
}

TEST(Upgrade, LeavesTheOldImageOrTheNew) {
  const Tree start = tree_with_old_code();
  std::uint64_t steps = 0;
  std::uint64_t states = 0;
  for (bool finished = false; !finished;) {
    const auto disk = disk_of(start);
    disk->stop_at_step(++steps);
    const auto upgraded = upgrade(*disk);
    finished = !disk->stopped();
    ASSERT_EQ(upgraded.has_value(), finished) << "step " << steps;
    states += disk->for_each_crash_state(
                      1024, 1,
                      [&](testing::SimDisk& state) {
                        EXPECT_EQ(trouble_in(state.tree(), start, finished), "") << "step " << steps;
                        // The same again finishes it, and then there is nothing to do.
                        EXPECT_OK(upgrade(state)) << "step " << steps;
                        EXPECT_EQ(trouble_in(state.tree(), start, true), "") << "step " << steps;
                        const auto again = upgrade(state);
                        ASSERT_OK(again);
                        EXPECT_FALSE(again->image_changes || again->record_changes);
                        EXPECT_TRUE(others_untouched(state, start));
                        EXPECT_OK(act(Action::kDelete, state, Kind::kCombined))
                            << "what was left behind is the guest's";
                      })
                  .states;
  }
  std::puts(fmt::format("upgrade: {} steps, {} crash states", steps - 1, states).c_str());
  EXPECT_GT(steps, 8u);
}

TEST(Upgrade, LeavesTheGuestAsItWasWhereAStepFails) {
  const Tree start = tree_with_old_code();
  const auto whole = disk_of(start);
  ASSERT_OK(upgrade(*whole));
  for (std::uint64_t step = 1; step <= whole->steps(); ++step) {
    const auto disk = disk_of(start);
    disk->fail_steps(step, 1, ErrorId::kNoSpace);
    EXPECT_ERROR(upgrade(*disk), kNoSpace);
    EXPECT_EQ(trouble_in(disk->tree(), start, false), "") << "step " << step;
    EXPECT_OK(upgrade(*disk)) << "step " << step;
    EXPECT_EQ(trouble_in(disk->tree(), start, true), "") << "step " << step;
  }
}

TEST(Upgrade, WaitsForNobodyWhoHasTheImage) {
  const auto disk = disk_of(tree_with_old_code());
  const Tree before = disk->tree();
  disk->set_in_use(kImage);
  EXPECT_ERROR(upgrade(*disk), kImageInUse);
  EXPECT_ERROR(upgrade(*disk, true), kImageInUse);
  EXPECT_EQ(disk->tree(), before);
}

}  // namespace
}  // namespace nonvol::crash
