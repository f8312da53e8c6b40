#include <fmt/format.h>

#include <cstdio>

#include "nvram_images.h"
#include "vnvram/slot.h"

// The enumeration is worth something only if it finds what is wrong: protocols that are nearly right.
namespace nonvol::crash {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using testing::SimFile;
using vnvram::Image;
using vnvram::Integrity;

const ByteVector kNewBytes = vnvram::pattern(kOnePage, 50);

Story write_story(Action act) {
  Story story = story_of(test_image(Integrity::kCrc32c, nullptr, 3), std::move(act));
  story.again_every = 0;
  story.limit = 1000;
  story.result = kNewBytes;
  return story;
}

TEST(BrokenProtocol, WithoutFlushesLosesAcknowledgedUpdates) {
  Story story = write_story(writing("state", kNewBytes));
  story.misbehave = [](SimFile& file) { file.swallow_flush(SimFile::kEveryFlush); };
  const Report report = tell("write that does not flush", story);
  EXPECT_GT(report.violations, 0u);
  // The last step is the one behind the end: only the new content was allowed there.
  EXPECT_THAT(report.examples, Contains(HasSubstr(fmt::format("step {}, ", report.steps + 1))));
}

TEST(BrokenProtocol, WithoutTheLastFlushLosesAcknowledgedUpdates) {
  Story story = write_story(writing("state", kNewBytes));
  story.misbehave = [](SimFile& file) { file.swallow_flush(2); };
  const Report report = tell("write whose last flush does nothing", story);
  EXPECT_GT(report.violations, 0u);
  EXPECT_THAT(report.examples, Contains(HasSubstr(fmt::format("step {}, ", report.steps + 1))));
}

// Instead of the older slot the newest one is written, with a generation that belongs there.
TEST(BrokenProtocol, InTheNewestSlotLosesBoth) {
  const Report report =
      tell("write over the newest slot", write_story([](Image& image) -> Result<void> {
             Result<vnvram::Update> update = image.prepare(0, vnvram::Content::kPresent, kNewBytes);
             if (!update) return update.error();
             const vnvram::EntryInfo& entry = image.entries()[0];
             update->generation += 1;
             Result<ByteVector> slot = vnvram::encode_slot(
                 {vnvram::Content::kPresent, update->generation, kNewBytes}, image.directory().integrity,
                 vnvram::identity(image.directory().uuid, entry.capacity_bytes, entry.name), nullptr);
             if (!slot) return slot.error();
             update->patch.bytes = *std::move(slot);
             update->patch.offset_bytes = entry.offset_bytes + vnvram::slot_of(update->generation) *
                                                                   vnvram::slot_bytes(entry.capacity_bytes);
             return image.commit(*update);
           }));
  EXPECT_GT(report.violations, report.steps);
  EXPECT_THAT(report.examples, Contains(HasSubstr("which do not follow each other")));
}

// The slot that the update was made for is taken for another one.
TEST(BrokenProtocol, InTheWrongSlotIsSeenWithoutAnyPowerCut) {
  const Report report =
      tell("write to the other slot", write_story([](Image& image) -> Result<void> {
             Result<vnvram::Update> update = image.prepare(0, vnvram::Content::kPresent, kNewBytes);
             if (!update) return update.error();
             const vnvram::EntryInfo& entry = image.entries()[0];
             update->patch.offset_bytes = entry.offset_bytes + (1 - vnvram::slot_of(update->generation)) *
                                                                   vnvram::slot_bytes(entry.capacity_bytes);
             return image.commit(*update);
           }));
  EXPECT_THAT(report.examples, Contains("after: acknowledged and not there"));
}

TEST(BrokenProtocol, WithoutAFlushBeforeTheDirectoryIsFound) {
  Story story = story_of(test_image(Integrity::kCrc32c, nullptr, 1), [](Image& image) {
    return image.add({"more", 1000}, nullptr);
  });
  story.limit = 700;
  story.again_every = 0;
  story.misbehave = [](SimFile& file) { file.swallow_flush(1); };
  const Report report = tell("add without its first flush", story);
  EXPECT_GT(report.violations, 0u);
  EXPECT_THAT(report.examples, Contains(HasSubstr("cannot be read: ")));
}

TEST(BrokenProtocol, ThatBelievesWhatAKilledProcessLeftIsFound) {
  const ByteVector start = test_image(Integrity::kCrc32c, nullptr, 2);
  Story story = story_of(start, writing("state", vnvram::pattern(3000, 55)));
  story.start = [&] {
    SimFile file(start);
    file.stop_at_step(3);  // in the flush behind the write
    Result<Image> killed = open_with(file, {});
    if (killed) (void)writing("state", kNewBytes)(*killed);
    file.go_on();
    return file;
  };
  SimFile durable(start);
  Result<Image> image = open_with(durable, {});
  ASSERT_OK(image);
  const Result<Contents> before = look(*image);
  ASSERT_OK(before);
  story.also_allowed = {*before};
  story.limit = 700;
  story.misbehave = [](SimFile& file) { file.swallow_flush(2); };  // the killed process had one
  const Report report = tell("write after a kill, without its own first flush", story);
  EXPECT_GT(report.violations, 0u);
}

}  // namespace
}  // namespace nonvol::crash
