#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "nvram_images.h"
#include "vnvram/check.h"
#include "vnvram/copy.h"

namespace nonvol::crash {
namespace {

using testing::SimFile;
using vnvram::EntryKind;
using vnvram::Image;
using vnvram::Integrity;

const ByteVector kNewBytes = vnvram::pattern(kOnePage, 50);

void expect_clean(const Report& report) {
  EXPECT_EQ(report.violations, 0u);
  EXPECT_GT(report.steps, 0u);
  EXPECT_GT(report.states, report.steps);
  EXPECT_GT(report.mended, 0u);
  EXPECT_GT(report.second_cuts, 0u);
}

TEST(Write, IsOldOrNewAtEveryPowerCut) {
  for (const unsigned writes : {0u, 1u, 2u}) {
    const Integrity integrity = writes == 1 ? Integrity::kSha256 : Integrity::kCrc32c;
    const std::string what = fmt::format("write, {}, {} before", vnvram::to_string(integrity), writes);
    Story story = story_of(test_image(integrity, nullptr, writes), writing("state", kNewBytes));
    story.result = kNewBytes;
    const Report report = tell(what, story);
    expect_clean(report);
    EXPECT_TRUE(report.sampled_steps == 0 || !kAllStates) << "every combination of every sector";
  }
}

TEST(Write, OfAnEncryptedEntryIsOldOrNew) {
  const seal::Key key = vnvram::test_key(1);
  for (const unsigned writes : {0u, 1u}) {
    expect_clean(
        tell(fmt::format("encrypted write, {} before", writes),
             story_of(test_image(Integrity::kCrc32c, &key, writes), writing("state", kNewBytes), &key)));
  }
}

TEST(Write, OfManySectorsIsOldOrNew) {
  vnvram::FormatRequest request = vnvram::request_for({{"state", 200000}, {"other", 100}});
  Result<Image> image = vnvram::open_bytes(vnvram::formatted(request));
  ASSERT_OK(image);
  ASSERT_OK(image->write(0, vnvram::pattern(150000, 1)));
  ASSERT_OK(image->write(0, vnvram::pattern(180000, 2)));
  Story story = story_of(vnvram::bytes_of(*image), writing("state", vnvram::pattern(170000, 3)));
  story.limit = 500;
  story.again_every = 100;
  const Report report = tell("write of 170,000 bytes", story);
  expect_clean(report);
  EXPECT_GT(report.sampled_steps, 0u);
}

TEST(Erase, IsOldOrNewAtEveryPowerCut) {
  const seal::Key key = vnvram::test_key(1);
  expect_clean(tell("erase", story_of(test_image(Integrity::kSha256, nullptr, 2), erasing("state"))));
  expect_clean(
      tell("encrypted erase", story_of(test_image(Integrity::kCrc32c, &key, 2), erasing("state"), &key)));
}

// The bytes of a plain entry are as atomic as the medium, and nothing beside them is touched.
TEST(PlainWrite, IsOldOrNewInEachSector) {
  const ByteVector before = test_image(Integrity::kCrc32c, nullptr, 1);
  const ByteVector now = vnvram::pattern(1024, 9);
  SimFile file(before);
  Result<Image> image = Image::open(file.open(), "crash.nv");
  ASSERT_OK(image);
  const auto begin = static_cast<std::ptrdiff_t>(image->entries()[2].offset_bytes);
  file.stop_at_step(1);
  EXPECT_ERROR(image->write(2, now), kInputOutput);
  EXPECT_TRUE(image->failed());
  EXPECT_ERROR(image->write(2, now), kNvramFailed);
  EXPECT_ERROR(image->read(0), kNvramFailed);
  EXPECT_ERROR(image->add({"more", 10}, nullptr), kNvramFailed);
  std::set<std::string> found;
  file.for_each_crash_state(100, 1, true, [&](SimFile& state) {
    found.emplace(state.bytes().begin(), state.bytes().end());
    ByteVector beside = state.bytes();
    std::copy_n(before.begin() + begin, 1024, beside.begin() + begin);
    EXPECT_EQ(beside, before);
    Result<Image> again = Image::open(state.open(), "crash.nv");
    ASSERT_OK(again);
    ASSERT_OK(again->write(2, now));
    EXPECT_EQ(vnvram::content(*again, "vars"), now);
  });
  EXPECT_EQ(found.size(), 9u);
}

Story adding_story(const ByteVector& start, const vnvram::EntryRequest& request, const seal::Key* key) {
  Story story = story_of(start, {}, nullptr);
  story.target = request.name;
  story.act = [=](Image& image) { return image.add(request, key); };
  story.half_mended.emplace();
  if (request.kind == EntryKind::kPlain) {
    // Writing to it is as atomic as the medium only; adding it is.
    story.mended = {vnvram::BlobState::kPresent, 0, ByteVector(request.capacity_bytes)};
    story.mend = adding(request, {}, key);
  } else {
    story.mended = {vnvram::BlobState::kPresent, 0, vnvram::pattern(400, 5)};
    story.mend = adding(request, story.mended.bytes, key);
  }
  story.limit = kAllStates ? 3000 : 300;
  return story;
}

TEST(Add, IsThereOrNotAtEveryPowerCut) {
  const ByteVector start = test_image(Integrity::kCrc32c, nullptr, 1);
  const Report report = tell("add", adding_story(start, {"more", 1000}, nullptr));
  expect_clean(report);
  expect_clean(tell("add of a plain entry", adding_story(start, {"more", 400, EntryKind::kPlain}, nullptr)));
}

TEST(Add, OfEncryptedEntriesIsThereOrNot) {
  const seal::Key key = vnvram::test_key(1);
  Story first = adding_story(test_image(Integrity::kCrc32c, nullptr, 1),
                             {"more", 1000, EntryKind::kAtomic, true}, &key);
  first.keys_after = {&key};
  expect_clean(tell("add of the first encrypted entry", first));
  Story next =
      adding_story(test_image(Integrity::kSha256, &key, 1), {"more", 1000, EntryKind::kAtomic, true}, &key);
  next.keys = {&key};
  expect_clean(tell("add of another encrypted entry", next));
}

// What stands in the same sector as the framing of a new entry is somebody's.
TEST(Add, LeavesTheEntryInFrontAlone) {
  Result<Image> image = vnvram::open_bytes(test_image(Integrity::kCrc32c, nullptr, 1));
  ASSERT_OK(image);
  ASSERT_OK(image->add({"uneven", 4000, EntryKind::kPlain}, nullptr));
  ASSERT_OK(image->write(image->entries().size() - 1, vnvram::pattern(4000, 3)));
  expect_clean(
      tell("add behind an uneven entry", adding_story(vnvram::bytes_of(*image), {"more", 1000}, nullptr)));
}

Story rekeying(const ByteVector& start, const seal::Key& old_key, const seal::Key& new_key) {
  Story story = story_of(start, [&](Image& image) -> Result<void> {
    Result<bool> done = image.rekey(new_key);
    if (!done) return done.error();
    return {};
  });
  story.keys = {&old_key};
  story.keys_after = {&new_key};
  story.target.clear();
  story.mend = story.act;
  return story;
}

TEST(Rekey, OpensWithOneOfTheKeysAtEveryPowerCut) {
  const seal::Key old_key = vnvram::test_key(1);
  const seal::Key new_key = vnvram::test_key(2);
  Story story = rekeying(test_image(Integrity::kCrc32c, &old_key, 1), old_key, new_key);
  expect_clean(tell("rekey", story));
  SimFile file(story.start());
  Result<Image> image = open_with(file, {&old_key});
  ASSERT_OK(image);
  ASSERT_OK(image->rekey(new_key));
  EXPECT_ERROR(open_with(file, {&old_key}), kWrongKey);
}

// An exchange that was cut off is finished, or taken back, by the next one, and may be cut off as well.
TEST(Rekey, IsFinishedAfterAPowerCut) {
  const seal::Key old_key = vnvram::test_key(1);
  const seal::Key new_key = vnvram::test_key(2);
  const seal::Key third_key = vnvram::test_key(3);
  SimFile file(test_image(Integrity::kCrc32c, &old_key, 1));
  Result<Image> image = open_with(file, {&old_key});
  ASSERT_OK(image);
  std::uint64_t two_keys = 0;
  file.stop_at_step(4);  // in the second update
  EXPECT_ERROR(image->rekey(new_key), kInputOutput);
  file.for_each_crash_state(20, chosen_seed(), true, [&](SimFile& state) {
    Result<Image> cut = open_with(state, {&old_key, &new_key});
    ASSERT_OK(cut);
    const auto checked = vnvram::check(*cut, {});
    ASSERT_OK(checked);
    if (cut->directory().key_slots.size() == 2) {
      ++two_keys;
      EXPECT_FINDING(checked->findings, kTwoKeys);
    }
    const ByteVector bytes = state.bytes();
    for (const seal::Key* opening : {&old_key, &new_key}) {
      SimFile start(bytes);
      if (!Image::open(start.open(), "crash.nv", opening)) continue;
      Story story = rekeying(bytes, *opening, third_key);
      story.limit = 100;
      story.again_every = 0;
      const Report report = cut_power_everywhere(story);
      EXPECT_EQ(report.violations, 0u) << ::testing::PrintToString(report.examples);
    }
  });
  EXPECT_GT(two_keys, 0u);
}

// An update that a killed process had begun is seen, yet not durable, when the next process writes.
TEST(AfterAKill, TheNextUpdateIsAsSafe) {
  const seal::Key key = vnvram::test_key(1);
  for (const seal::Key* used : {static_cast<const seal::Key*>(nullptr), &key}) {
    for (const unsigned writes : {1u, 2u}) {
      const ByteVector start = test_image(Integrity::kCrc32c, used, writes);
      const ByteVector killed_bytes = vnvram::pattern(700, 44);
      SimFile whole(start);
      Result<Image> image = open_with(whole, used == nullptr ? Keys{} : Keys{used});
      ASSERT_OK(image);
      const Result<Contents> durable = look(*image);
      ASSERT_OK(durable);
      ASSERT_OK(writing("state", killed_bytes)(*image));
      for (std::uint64_t step = 1; step <= whole.steps(); ++step) {
        Story story = story_of(start, writing("state", vnvram::pattern(600, 55)), used);
        story.start = [&] {
          SimFile file(start);
          file.stop_at_step(step);
          Result<Image> killed = open_with(file, used == nullptr ? Keys{} : Keys{used});
          if (killed) (void)writing("state", killed_bytes)(*killed);
          file.go_on();
          return file;
        };
        story.also_allowed = {*durable};
        story.limit = 700;
        const Report report = tell(fmt::format("write after a write killed in step {}", step), story);
        EXPECT_EQ(report.violations, 0u);
      }
    }
  }
}

TEST(AfterAKill, TheNextAdditionIsAsSafe) {
  const ByteVector start = test_image(Integrity::kCrc32c, nullptr, 1);
  SimFile whole(start);
  Result<Image> image = open_with(whole, {});
  ASSERT_OK(image);
  const Result<Contents> durable = look(*image);
  ASSERT_OK(durable);
  ASSERT_OK(image->add({"first", 300}, nullptr));
  for (std::uint64_t step = 1; step <= whole.steps(); ++step) {
    Story story = adding_story(start, {"more", 1000}, nullptr);
    story.start = [&] {
      SimFile file(start);
      file.stop_at_step(step);
      Result<Image> killed = open_with(file, {});
      if (killed) (void)killed->add({"first", 300}, nullptr);
      file.go_on();
      return file;
    };
    story.also_allowed = {*durable};
    story.limit = 300;
    story.again_every = 0;
    const Report report = tell(fmt::format("add after an add killed in step {}", step), story);
    EXPECT_EQ(report.violations, 0u);
  }
}

// A read that fails is told, and takes nothing for damaged or empty.
TEST(FailingRead, ChangesNothing) {
  const seal::Key key = vnvram::test_key(1);
  const ByteVector start = test_image(Integrity::kCrc32c, &key, 2);
  SimFile whole(start);
  Result<Image> image = open_with(whole, {&key});
  ASSERT_OK(image);
  ASSERT_OK(look(*image));
  ASSERT_OK(image->add({"more", 100}, nullptr));
  ASSERT_GT(whole.reads(), 5u);
  for (std::uint64_t read = 1; read <= whole.reads(); ++read) {
    SimFile file(start);
    file.fail_read(read);
    const auto all = [&]() -> Result<void> {
      Result<Image> failing = open_with(file, {&key});
      if (!failing) return failing.error();
      if (Result<Contents> seen = look(*failing); !seen) return seen.error();
      return failing->add({"more", 100}, nullptr);
    };
    EXPECT_ERROR(all(), kInputOutput);
    EXPECT_EQ(file.bytes(), start) << "read " << read;
    EXPECT_OK(all());
  }
}

// The new image is not in anybody's hands before all is copied and durable, and the old one is only read.
TEST(Copy, IsDurableWhenItReturnsAndOnlyReadsTheOldOne) {
  const seal::Key key = vnvram::test_key(1);
  const ByteVector old_bytes = test_image(Integrity::kCrc32c, &key, 3);
  SimFile old_file(old_bytes);
  Result<Image> from = open_with(old_file, {&key});
  ASSERT_OK(from);
  vnvram::ResizeRequest resize;
  resize.changed = {{"state", 9000, EntryKind::kAtomic, true}};
  resize.user_key = &key;
  Result<vnvram::FormatRequest> wanted = vnvram::resized(*from, resize);
  ASSERT_OK(wanted);
  const ByteVector formatted = vnvram::formatted(*wanted);
  const Result<Contents> source = look(*from);
  ASSERT_OK(source);
  SimFile whole(formatted);
  Result<Image> to = open_with(whole, {&key});
  ASSERT_OK(to);
  ASSERT_OK(vnvram::copy_contents(*from, *to));
  EXPECT_TRUE(whole.unflushed().empty());
  std::uint64_t states = 0;
  for (std::uint64_t step = 1; step <= whole.steps(); ++step) {
    SimFile file(formatted);
    file.stop_at_step(step);
    Result<Image> copy = open_with(file, {&key});
    ASSERT_OK(copy);
    EXPECT_ERROR(vnvram::copy_contents(*from, *copy), kInputOutput);
    states += file.for_each_crash_state(
                      300, chosen_seed(), true,
                      [&](SimFile& state) {
                        Result<Image> cut = open_with(state, {&key});
                        ASSERT_OK(cut);
                        for (std::size_t i = 0; i < cut->entries().size(); ++i) {
                          const std::string& name = cut->entries()[i].name;
                          if (name == "vars") continue;  // plain
                          Result<std::optional<vnvram::Blob>> blob = cut->read_if_present(i);
                          if (!blob) {
                            // Half restored: refused, in the one way or the other.
                            EXPECT_TRUE(blob.error().id == ErrorId::kOlderGeneration ||
                                        blob.error().id == ErrorId::kBlobDamaged);
                          } else if (blob->has_value()) {
                            EXPECT_TRUE(std::ranges::equal((*blob)->bytes(), source->at(name).bytes)) << name;
                          }
                        }
                      })
                  .states;
  }
  std::puts(fmt::format("copy: {} steps, {} crash states", whole.steps(), states).c_str());
  EXPECT_EQ(old_file.steps(), 0u);
  EXPECT_EQ(old_file.bytes(), old_bytes);
}

}  // namespace
}  // namespace nonvol::crash
