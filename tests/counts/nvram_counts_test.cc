#include <fmt/format.h>

#include "storage/memory.h"
#include "testing/counting_files.h"
#include "testing/sample_image.h"
#include "vnvram/check.h"

// What an NVRAM image asks of the file it is in: for each operation the least there can be.
namespace nonvol::vnvram {
namespace {

using testing::CountingBlockFile;
using testing::FileCounts;

constexpr std::uint64_t kPutBytes = 4096;

class NvramCounts : public ::testing::Test {
 protected:
  // An image in which "put" holds kPutBytes, opened and counted from its opening on.
  Image open(FormatRequest request) {
    ByteVector bytes;
    {
      Image image = open_bytes(formatted(request)).value();
      EXPECT_OK(image.write(image.find("put").value(), pattern(kPutBytes, 1)));
      bytes = bytes_of(image);
    }
    return Image::open(
               std::make_unique<CountingBlockFile>(storage::memory_file(std::move(bytes)), "image", counts_),
               "image")
        .value();
  }
  int reads() const { return FileCounts::at(counts_.reads, "image"); }
  // Counts what follows.
  void begin() { counts_ = {}; }

  FileCounts counts_;
};

TEST_F(NvramCounts, OpeningReadsOnce) {
  open(request_for({{"put", kPutBytes}, {"other", 100}}));
  EXPECT_EQ(reads(), 1);
  EXPECT_LE(counts_.read_bytes, 3 * kPageBytes);
  EXPECT_EQ(counts_.writes + counts_.flushes, 0);
}

TEST_F(NvramCounts, OpeningReadsNoEntries) {
  std::vector<EntryRequest> entries{{"put", kPutBytes}};
  for (unsigned number = 0; number < 200; ++number) entries.push_back({fmt::format("e{}", number), 100'000});
  const Image image = open(request_for(entries));
  EXPECT_LE(reads(), 4);
  EXPECT_LE(counts_.read_bytes, 3 * kPageBytes + 2 * slot_bytes(image.directory_capacity_bytes()));
}

TEST_F(NvramCounts, GettingReadsOnce) {
  Image image = open(request_for({{"put", kPutBytes}}));
  for (int times = 0; times < 2; ++times) {
    begin();
    EXPECT_EQ(content(image, "put").size(), kPutBytes);
    EXPECT_EQ(reads(), 1);
    EXPECT_LE(counts_.read_bytes, 2 * slot_bytes(kPutBytes) + 512);
    EXPECT_EQ(counts_.writes + counts_.flushes, 0);
  }
}

// Of a large blob: both headers, then one payload.
TEST_F(NvramCounts, GettingALargeBlobReadsOneSlot) {
  constexpr std::uint64_t kLargeBytes = 1'000'000;
  Image image = open(request_for({{"put", kPutBytes}, {"large", kLargeBytes}}));
  EXPECT_OK(image.write(1, pattern(kLargeBytes, 2)));
  begin();
  EXPECT_EQ(content(image, "large").size(), kLargeBytes);
  EXPECT_LE(reads(), 3);
  EXPECT_LE(counts_.read_bytes, kLargeBytes + 2 * kSlotHeaderBytes + 512);
}

TEST_F(NvramCounts, PuttingWritesOnceAndFlushesOnce) {
  Image image = open(request_for({{"put", kPutBytes}, {"other", 100}}));
  begin();
  EXPECT_OK(image.write(0, pattern(kPutBytes, 2)));
  EXPECT_EQ(counts_.writes, 1);
  EXPECT_EQ(counts_.flushes, 2) << "what a killed process may have left is made durable first";
  EXPECT_EQ(reads(), 1) << "which slot is the older one";
  begin();
  EXPECT_OK(image.write(0, pattern(kPutBytes, 3)));
  EXPECT_EQ(counts_.writes, 1);
  EXPECT_EQ(counts_.written_bytes, 8192u) << "header and payload, whole pages";
  EXPECT_EQ(counts_.flushes, 1);
  EXPECT_EQ(reads(), 0);
  begin();
  EXPECT_OK(image.write(1, pattern(100, 4)));
  EXPECT_EQ(counts_.writes, 1);
  EXPECT_EQ(counts_.written_bytes, 4096u);
  EXPECT_EQ(counts_.flushes, 1) << "once for an image, not for each of its entries";
  EXPECT_EQ(reads(), 1);
  begin();
  EXPECT_OK(image.erase(0));
  EXPECT_EQ(counts_.written_bytes, 4096u);
  EXPECT_EQ(counts_.writes, 1);
  EXPECT_EQ(counts_.flushes, 1);
  EXPECT_EQ(counts_.resizes, 0);
}

// What was read does not have to be read again to be replaced.
TEST_F(NvramCounts, PuttingAfterGettingReadsNothing) {
  Image image = open(request_for({{"put", kPutBytes}}));
  EXPECT_EQ(content(image, "put").size(), kPutBytes);
  begin();
  EXPECT_OK(image.write(0, pattern(kPutBytes, 2)));
  EXPECT_EQ(reads(), 0);
}

TEST_F(NvramCounts, SmallContentOfALargeEntryIsASmallWrite) {
  Image image = open(request_for({{"put", 1'000'000}}));
  begin();
  EXPECT_OK(image.write(0, pattern(10, 2)));
  EXPECT_EQ(counts_.written_bytes, 4096u);
}

TEST_F(NvramCounts, APlainPutIsItsBytes) {
  Image image = open(request_for({{"put", kPutBytes}, {"plain", 6000, EntryKind::kPlain}}));
  EXPECT_OK(image.write(1, pattern(6000, 1)));
  begin();
  EXPECT_OK(image.write(1, pattern(6000, 2)));
  EXPECT_EQ(counts_.writes, 1);
  EXPECT_EQ(counts_.written_bytes, 6000u);
  EXPECT_EQ(counts_.flushes, 1);
  EXPECT_EQ(reads(), 0);
}

TEST_F(NvramCounts, AddingIsTwoFlushesAndWritesNoOtherEntry) {
  FormatRequest request = request_for({{"put", kPutBytes}, {"large", 1'000'000}});
  request.layout.reserve_bytes = 100'000;
  Image image = open(request);
  EXPECT_OK(image.write(0, pattern(kPutBytes, 2)));
  begin();
  EXPECT_OK(image.add({"added", 100}, nullptr));
  EXPECT_EQ(counts_.flushes, 2) << "the entry, then the directory";
  EXPECT_LE(counts_.written_bytes, 4 * kPageBytes + slot_bytes(image.directory_capacity_bytes()));
}

TEST_F(NvramCounts, ScrubbingReadsAllOnceMoreThanTheBlobs) {
  Image image = open(request_for({{"put", kPutBytes}, {"large", 100'000}}));
  begin();
  const auto report = check(image, {.scrub = true});
  ASSERT_OK(report);
  EXPECT_GE(counts_.read_bytes, image.size_bytes());
  EXPECT_LE(counts_.read_bytes, 3 * image.size_bytes());
  EXPECT_EQ(counts_.writes + counts_.flushes, 0);
}

}  // namespace
}  // namespace nonvol::vnvram
