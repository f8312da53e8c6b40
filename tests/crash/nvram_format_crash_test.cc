#include <fmt/format.h>

#include <cstdio>

#include "nvram_images.h"
#include "vnvram/check.h"
#include "vnvram/format.h"

// Format in place: what a power cut leaves is the old image, the new one, or none; never one of them in part.
namespace nonvol::crash {
namespace {

using testing::SimFile;
using vnvram::EntryKind;
using vnvram::FormatRequest;
using vnvram::Image;

FormatRequest new_request(bool seed_layout) {
  FormatRequest request =
      vnvram::request_for({{"first", 200, seed_layout ? EntryKind::kPlain : EntryKind::kAtomic},
                           {"second", 700, EntryKind::kPlain}});
  request.layout.seed_layout = seed_layout;
  return request;
}

struct Counts {
  std::uint64_t states = 0;
  std::uint64_t old_image = 0;
  std::uint64_t new_image = 0;
  std::uint64_t none = 0;
};

// An image that is found is the whole of the one or the other.
void look_at(SimFile& state, const ByteVector& before, const ByteVector& after, Counts& counts) {
  ++counts.states;
  Result<Image> image = Image::open(state.open(), "format.nv");
  if (!image) {
    const ErrorId id = image.error().id;
    EXPECT_TRUE(id == ErrorId::kNvramEmpty || id == ErrorId::kNvramUnfinished || id == ErrorId::kNotAnNvram)
        << image.error().message;
    const Result<vnvram::Occupant> occupant = vnvram::occupant(*state.open(), "format.nv");
    ASSERT_OK(occupant);
    EXPECT_NE(*occupant, vnvram::Occupant::kNvram) << "format would mind what it left itself";
    ++counts.none;
    return;
  }
  if (state.bytes() == after) {
    ++counts.new_image;
  } else {
    EXPECT_EQ(state.bytes(), before);
    ++counts.old_image;
  }
}

Counts cut_format(const ByteVector& before, const FormatRequest& request) {
  const Result<vnvram::Layout> layout = vnvram::plan_layout(request.layout);
  EXPECT_OK(layout);
  SimFile whole(before);
  EXPECT_OK(vnvram::format(*whole.open(), *layout, request));
  EXPECT_TRUE(whole.unflushed().empty());
  Counts counts;
  for (std::uint64_t step = 1; step <= whole.steps(); ++step) {
    SimFile file(before);
    file.stop_at_step(step);
    EXPECT_FALSE(vnvram::format(*file.open(), *layout, request).has_value());
    file.for_each_crash_state(2000, chosen_seed(), true,
                              [&](SimFile& state) { look_at(state, before, whole.bytes(), counts); });
  }
  std::puts(fmt::format("format: {} steps, {} crash states: {} old, {} new, {} no image (NONVOL_SEED={})",
                        whole.steps(), counts.states, counts.old_image, counts.new_image, counts.none,
                        chosen_seed())
                .c_str());
  return counts;
}

ByteVector resized_to(ByteVector bytes, std::uint64_t size_bytes) {
  bytes.resize(size_bytes);
  return bytes;
}

TEST(Format, OfEmptySpaceIsAnImageOrNone) {
  for (const bool seed_layout : {false, true}) {
    const FormatRequest request = new_request(seed_layout);
    const std::uint64_t size_bytes = vnvram::plan_layout(request.layout)->size_bytes;
    const Counts counts = cut_format(ByteVector(size_bytes), request);
    EXPECT_GT(counts.states, seed_layout ? 10u : 1000u) << "an image of the seed's layout has two sectors";
    EXPECT_GT(counts.new_image, 0u);
    EXPECT_GT(counts.none, 0u);
    EXPECT_EQ(counts.old_image, 0u);
    EXPECT_GT(cut_format(vnvram::pattern(size_bytes, 3), request).none, 10u);
  }
}

TEST(Format, OverAnImageIsTheOldOneTheNewOneOrNone) {
  FormatRequest request = new_request(false);
  const ByteVector before = test_image(vnvram::Integrity::kCrc32c, nullptr, 2);
  request.layout.size_bytes = before.size();
  const Counts counts = cut_format(before, request);
  EXPECT_GT(counts.old_image, 0u);
  EXPECT_GT(counts.new_image, 0u);
  EXPECT_GT(counts.none, 1000u);
}

// What stood there before shows nowhere.
TEST(Format, LeavesNothingOfWhatWasThere) {
  const FormatRequest request = new_request(false);
  const ByteVector fresh = vnvram::formatted(request);
  const Result<vnvram::Layout> layout = vnvram::plan_layout(request.layout);
  ASSERT_OK(layout);
  SimFile file(vnvram::pattern(fresh.size(), 9));
  ASSERT_OK(vnvram::format(*file.open(), *layout, request));
  EXPECT_EQ(file.bytes(), fresh);
}

TEST(Format, FailsWithTheMedium) {
  const FormatRequest request = new_request(false);
  const Result<vnvram::Layout> layout = vnvram::plan_layout(request.layout);
  ASSERT_OK(layout);
  SimFile whole(resized_to({}, layout->size_bytes));
  ASSERT_OK(vnvram::format(*whole.open(), *layout, request));
  for (std::uint64_t step = 1; step <= whole.steps(); ++step) {
    SimFile file(resized_to({}, layout->size_bytes));
    file.fail_step(step, ErrorId::kNoSpace, 700);
    EXPECT_ERROR(vnvram::format(*file.open(), *layout, request), kNoSpace);
    ASSERT_OK(vnvram::format(*file.open(), *layout, request));
    EXPECT_EQ(file.bytes(), whole.bytes());
  }
}

}  // namespace
}  // namespace nonvol::crash
