#pragma once

#include "nvram_story.h"
#include "testing/sample_image.h"

// Images and operations that the crash tests share. Small: 4,032 bytes of capacity make a slot of one page,
// eight sectors, whose 6,561 states can all be visited.
namespace nonvol::crash {

inline constexpr std::uint64_t kOnePage = 4032;

// Written to by each test: "state", of one page. Never written to: the others.
inline ByteVector test_image(vnvram::Integrity integrity, const seal::Key* key, unsigned writes) {
  vnvram::FormatRequest request =
      vnvram::request_for({{"state", kOnePage, vnvram::EntryKind::kAtomic, key != nullptr},
                           {"other", 100},
                           {"vars", 1024, vnvram::EntryKind::kPlain},
                           {"never", 50},
                           {"deleted", 50}},
                          integrity);
  request.layout.reserve_bytes = 32768;
  request.user_key = key;
  Result<vnvram::Image> image = vnvram::open_bytes(vnvram::formatted(request), key);
  EXPECT_OK(image);
  if (!image) return {};
  for (unsigned i = 0; i < writes; ++i) EXPECT_OK(image->write(0, vnvram::pattern(kOnePage - i, i)));
  EXPECT_OK(image->write(1, vnvram::pattern(90, 100)));
  EXPECT_OK(image->write(2, vnvram::pattern(1024, 101)));
  EXPECT_OK(image->write(4, vnvram::pattern(50, 102)));
  EXPECT_OK(image->erase(4));
  return vnvram::bytes_of(*image);
}

inline Action writing(std::string name, ByteVector bytes) {
  return [name = std::move(name), bytes = std::move(bytes)](vnvram::Image& image) -> Result<void> {
    const Result<std::size_t> index = image.find(name);
    if (!index) return index.error();
    return image.write(*index, bytes);
  };
}

inline Action erasing(std::string name) {
  return [name = std::move(name)](vnvram::Image& image) -> Result<void> {
    const Result<std::size_t> index = image.find(name);
    if (!index) return index.error();
    return image.erase(*index);
  };
}

// Adds the entry unless it is there; writes to it if there are bytes.
inline Action adding(vnvram::EntryRequest request, ByteVector bytes, const seal::Key* key) {
  return [=](vnvram::Image& image) -> Result<void> {
    if (!image.find(request.name)) {
      if (Result<void> added = image.add(request, key); !added) return added;
    }
    if (bytes.empty()) return {};
    return writing(request.name, bytes)(image);
  };
}

inline std::function<testing::SimFile()> starting_with(ByteVector bytes) {
  return [bytes = std::move(bytes)] { return testing::SimFile(bytes); };
}

// An update of "state", followed by another one.
inline Story story_of(ByteVector image, Action act, const seal::Key* key = nullptr) {
  Story story;
  story.start = starting_with(std::move(image));
  story.act = std::move(act);
  if (key != nullptr) story.keys = {key};
  story.target = "state";
  story.mended = {vnvram::BlobState::kPresent, 0, vnvram::pattern(3000, 77)};
  story.mend = writing("state", story.mended.bytes);
  return story;
}

}  // namespace nonvol::crash
