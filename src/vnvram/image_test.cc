#include "vnvram/image.h"

#include <gtest/gtest.h>

#include "testing/sample_image.h"
#include "vnvram/check.h"
#include "vnvram/copy.h"
#include "vnvram/der.h"

namespace nonvol::vnvram {
namespace {

TEST(Image, HoldsWhatWasWrittenAcrossOpenings) {
  for (const Integrity integrity : {Integrity::kCrc32c, Integrity::kSha256}) {
    ByteVector bytes = formatted(
        request_for({{"permall", 8000}, {"vars", 5000, EntryKind::kPlain}, {"big", 300000}}, integrity));
    for (unsigned round = 0; round < 5; ++round) {
      Result<Image> image = open_bytes(std::move(bytes));
      ASSERT_OK(image);
      EXPECT_OK(image->write(0, pattern(100 * round, round)));
      EXPECT_OK(image->write(1, pattern(5000, round)));
      EXPECT_OK(image->write(2, pattern(300000 - round, round)));
      bytes = bytes_of(*image);
      Result<Image> again = open_bytes(bytes);
      ASSERT_OK(again);
      EXPECT_EQ(content(*again, "permall"), pattern(100 * round, round));
      EXPECT_EQ(content(*again, "vars"), pattern(5000, round));
      EXPECT_EQ(content(*again, "big"), pattern(300000 - round, round));
      Result<EntryState> state = again->state(0);
      ASSERT_OK(state);
      EXPECT_EQ(state->generation, round + 1);
      EXPECT_EQ(state->used_bytes, 100 * round);
      EXPECT_TRUE(state->damage.empty());
    }
  }
}

TEST(Image, TellsNeverWrittenDeletedAndEmptyApart) {
  Result<Image> image = open_bytes(formatted(request_for({{"a", 100}})));
  ASSERT_OK(image);
  EXPECT_EQ(image->state(0)->state, BlobState::kNeverWritten);
  EXPECT_ERROR(image->read(0), kBlobAbsent);
  EXPECT_OK(image->write(0, {}));
  EXPECT_EQ(image->state(0)->state, BlobState::kPresent);
  EXPECT_EQ(content(*image, "a"), ByteVector());
  EXPECT_OK(image->erase(0));
  EXPECT_EQ(image->state(0)->state, BlobState::kDeleted);
  EXPECT_ERROR(image->read(0), kBlobAbsent);
  EXPECT_ERROR(image->find("b"), kNoSuchEntry);
}

TEST(Image, SeedBytesAreTheSeeds) {
  FormatRequest request = request_for({{"permall", 262144, EntryKind::kPlain},
                                       {"volatilestate", 65536, EntryKind::kPlain},
                                       {"savestate", 4096, EntryKind::kPlain}});
  request.layout.seed_layout = true;
  const ByteVector bytes = formatted(request);
  const ByteVector front = {0x30, 0x83, 0x05, 0x10, 0x4b, 0x0c, 0x0a, 'q',  'e',  'm',  'u',  '-', 'n',
                            'v',  'r',  'a',  'm',  0x30, 0x83, 0x04, 0x00, 0x0e, 0x0c, 0x07, 'p', 'e',
                            'r',  'm',  'a',  'l',  'l',  0x04, 0x83, 0x04, 0x00, 0x00, 0};
  ASSERT_GE(bytes.size(), front.size());
  EXPECT_EQ(ByteVector(bytes.begin(), bytes.begin() + front.size()), front);
  Result<Image> image = open_bytes(bytes);
  ASSERT_OK(image);
  EXPECT_TRUE(image->seed_layout());
  EXPECT_EQ(image->entries().size(), 3U);
  EXPECT_OK(image->write(2, pattern(4096, 1)));
  EXPECT_EQ(content(*image, "savestate"), pattern(4096, 1));
  EXPECT_ERROR(image->write(2, pattern(4095, 1)), kPlainSize);
  EXPECT_ERROR(image->add({"x", 10}, nullptr), kSeedLayoutFixed);
}

// dumpasn1 minds lengths that begin with nine one bits: 65,408 to 65,535 and 16,744,448 to 16,777,215.
TEST(Image, AvoidsLengthsThatDumpasn1Misreads) {
  const auto misread = [](std::uint64_t length) {
    return (length >= 65408 && length <= 65535) || (length >= 16744448 && length <= 16777215);
  };
  int slacks = 0;
  const auto check = [&](std::uint64_t reserve_bytes) {
    LayoutRequest request{{{"a", 100}}};
    request.reserve_bytes = reserve_bytes;
    const Result<Layout> layout = plan_layout(request);
    ASSERT_OK(layout);
    EXPECT_FALSE(misread(layout->size_bytes - 5)) << reserve_bytes;
    for (const PlacedElement& element : layout->elements) {
      if (element.framing.front() != kDerSlack) continue;
      ++slacks;
      EXPECT_FALSE(misread(element.content_bytes)) << reserve_bytes;
    }
  };
  for (std::uint64_t pages = 0; pages < 20; ++pages) check(pages * 4096);
  for (std::uint64_t pages = 4060; pages < 4110; ++pages) check(pages * 4096);
  EXPECT_GT(slacks, 140);
}

TEST(Image, Encrypts) {
  const seal::Key key = test_key(1);
  FormatRequest request = request_for({{"secret", 5000, EntryKind::kAtomic, true}, {"open", 100}});
  EXPECT_ERROR(format(*storage::memory_file(), *plan_layout(request.layout), request), kKeyNeeded);
  request.user_key = &key;
  ByteVector bytes = formatted(request);
  Result<Image> image = open_bytes(bytes, &key);
  ASSERT_OK(image);
  EXPECT_OK(image->write(0, bytes_of("the owner's secret is forty two")));
  bytes = bytes_of(*image);
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()).find("owner's"), std::string::npos);
  Result<Image> locked = open_bytes(bytes);
  ASSERT_OK(locked);
  EXPECT_ERROR(locked->read(0), kKeyNeeded);
  EXPECT_ERROR(locked->write(0, {}), kKeyNeeded);
  EXPECT_EQ(locked->state(0)->used_bytes, 31U);
  EXPECT_OK(locked->write(1, bytes_of("x")));
  const seal::Key other = test_key(2);
  EXPECT_ERROR(open_bytes(bytes, &other), kWrongKey);
  EXPECT_ERROR(open_bytes(formatted(request_for({{"a", 1}})), &key), kNotEncrypted);
  Result<Image> unlocked = open_bytes(bytes, &key);
  ASSERT_OK(unlocked);
  EXPECT_EQ(content(*unlocked, "secret"), bytes_of("the owner's secret is forty two"));
  Result<bool> rekeyed = unlocked->rekey(other);
  ASSERT_OK(rekeyed);
  EXPECT_TRUE(*rekeyed);
  EXPECT_FALSE(*unlocked->rekey(other));
  bytes = bytes_of(*unlocked);
  EXPECT_ERROR(open_bytes(bytes, &key), kWrongKey);
  Result<Image> later = open_bytes(bytes, &other);
  ASSERT_OK(later);
  EXPECT_EQ(content(*later, "secret"), bytes_of("the owner's secret is forty two"));
}

TEST(Image, AddsInsideSlack) {
  FormatRequest request = request_for({{"a", 100}});
  request.layout.reserve_bytes = 100000;
  Result<Image> image = open_bytes(formatted(request));
  ASSERT_OK(image);
  EXPECT_OK(image->add({"b", 5000}, nullptr));
  EXPECT_OK(image->add({"c", 4096, EntryKind::kPlain}, nullptr));
  EXPECT_ERROR(image->add({"b", 5000}, nullptr), kEntryExists);
  EXPECT_ERROR(image->add({"d", 100000}, nullptr), kNoSlackLeft);
  const seal::Key key = test_key(7);
  EXPECT_ERROR(image->add({"s", 100, EntryKind::kAtomic, true}, nullptr), kKeyNeeded);
  EXPECT_OK(image->add({"s", 100, EntryKind::kAtomic, true}, &key));
  EXPECT_OK(image->write(1, pattern(5000, 3)));
  EXPECT_OK(image->write(3, pattern(99, 4)));
  Result<Image> again = open_bytes(bytes_of(*image), &key);
  ASSERT_OK(again);
  EXPECT_EQ(again->entries().size(), 4U);
  EXPECT_EQ(content(*again, "b"), pattern(5000, 3));
  EXPECT_EQ(content(*again, "s"), pattern(99, 4));
  Result<CheckReport> report = check(*again, {.scrub = true});
  ASSERT_OK(report);
  EXPECT_TRUE(report->findings.empty());
}

TEST(Image, CopiesIntoOtherSizes) {
  Result<Image> image =
      open_bytes(formatted(request_for({{"a", 100}, {"b", 200}, {"v", 64, EntryKind::kPlain}})));
  ASSERT_OK(image);
  EXPECT_OK(image->write(0, pattern(100, 1)));
  EXPECT_OK(image->write(0, pattern(90, 2)));
  EXPECT_OK(image->write(2, pattern(64, 2)));
  ResizeRequest resize;
  resize.changed = {{"a", 10000}, {"new", 50}};
  Result<FormatRequest> wanted = resized(*image, resize);
  ASSERT_OK(wanted);
  Result<Image> copy = open_bytes(formatted(*wanted));
  ASSERT_OK(copy);
  EXPECT_OK(copy_contents(*image, *copy));
  EXPECT_EQ(content(*copy, "a"), pattern(90, 2));
  EXPECT_EQ(copy->state(0)->generation, 2U);
  EXPECT_EQ(copy->state(1)->state, BlobState::kNeverWritten);
  EXPECT_EQ(content(*copy, "v"), pattern(64, 2));
  resize.changed = {{"a", 89}};
  EXPECT_ERROR(resized(*image, resize), kBlobTooLarge);
  resize = {.changed = {}, .dropped = {"zz"}};
  EXPECT_ERROR(resized(*image, resize), kNoSuchEntry);
}

}  // namespace
}  // namespace nonvol::vnvram
