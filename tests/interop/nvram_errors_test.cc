// What a server that fails makes of an NVRAM image: an error with its id, an image that nothing is believed
// of until it is opened again, and old or new behind that.

#include <functional>

#include "media.h"
#include "nonvol/vnvram.h"
#include "storage/posix.h"
#include "testing/sample_image.h"
#include "vnvram/check.h"

namespace nonvol::vnvram {
namespace {

using interop::kMediumBytes;

class FailingServer : public ::testing::Test {
 protected:
  // An image on it, with "first" in both entries; nothing fails yet.
  void serve(std::vector<std::string> words) {
    medium_ = std::make_unique<interop::Served>(words);
    ASSERT_TRUE(medium_->server().serves()) << medium_->server().child().output();
    auto file = open_file(*files_, medium_->location(), {storage::Access::kReadWrite});
    ASSERT_OK(file);
    FormatRequest request = request_for({{"a", 4032}, {"b", 300'000}});
    request.layout.size_bytes = kMediumBytes;
    ASSERT_OK(vnvram::format(**file, *plan_layout(request.layout), request));
    Result<Image> image = Image::open(*std::move(file), "image");
    ASSERT_OK(image);
    ASSERT_OK(image->write(0, kFirst));
    ASSERT_OK(image->write(1, kFirst));
  }
  Result<Image> open() { return open_image(*files_, medium_->location(), {storage::Access::kReadWrite}); }
  void fail() { std::ofstream(trigger_) << ""; }
  void recover() { std::filesystem::remove(trigger_); }

  // Nothing is read or written any more, with the server well again, until the image is opened anew.
  void expect_latched(Image& image) {
    recover();
    EXPECT_TRUE(image.failed());
    EXPECT_ERROR(image.write(0, kSecond), kNvramFailed);
    EXPECT_ERROR(image.write(1, kSecond), kNvramFailed);
    EXPECT_ERROR(image.erase(1), kNvramFailed);
    EXPECT_ERROR(image.read(0), kNvramFailed);
  }
  // And it can be written to.
  void expect_old_or_new() {
    Result<Image> again = open();
    ASSERT_OK(again);
    EXPECT_THAT(content(*again, "a"), ::testing::AnyOf(kFirst, kSecond));
    EXPECT_EQ(content(*again, "b"), kFirst);
    EXPECT_OK(again->write(0, kThird));
    EXPECT_OK(again->write(1, kThird));
    EXPECT_EQ(content(*again, "a"), kThird);
    const auto report = check(*again, {.scrub = true});
    ASSERT_OK(report);
    EXPECT_TRUE(report->findings.empty()) << report->findings.front().message;
  }

  const ByteVector kFirst = pattern(4000, 1);
  const ByteVector kSecond = pattern(4032, 2);
  const ByteVector kThird = pattern(10, 3);
  const testing::Scratch scratch_;
  const std::string trigger_ = scratch_ / "trigger";
  const std::unique_ptr<storage::FileSystem> files_ = storage::posix_file_system();
  std::unique_ptr<interop::Served> medium_;
};

TEST_F(FailingServer, Reads) {
  serve({"--filter=error", "memory", std::to_string(kMediumBytes), "error-pread=EIO", "error-pread-rate=100%",
         "error-pread-file=" + trigger_});
  ASSERT_FALSE(HasFatalFailure());
  fail();
  EXPECT_ERROR(open(), kInputOutput);
  recover();
  Result<Image> image = open();
  ASSERT_OK(image);
  fail();
  EXPECT_ERROR(image->read(0), kInputOutput);
  EXPECT_ERROR(image->read(1), kInputOutput);
  EXPECT_ERROR(image->state(0), kInputOutput);
  EXPECT_ERROR(image->write(0, kSecond), kInputOutput);
  EXPECT_ERROR(check(*image, {.scrub = true}), kInputOutput);
  recover();
  EXPECT_FALSE(image->failed()) << "nothing was written: what could be read before still can";
  EXPECT_EQ(content(*image, "a"), kFirst);
  EXPECT_OK(image->write(0, kSecond));
  EXPECT_EQ(content(*image, "a"), kSecond);
}

TEST_F(FailingServer, Writes) {
  serve({"--filter=error", "memory", std::to_string(kMediumBytes), "error-pwrite=EIO",
         "error-pwrite-rate=100%", "error-pwrite-file=" + trigger_});
  ASSERT_FALSE(HasFatalFailure());
  {
    Result<Image> image = open();
    ASSERT_OK(image);
    fail();
    EXPECT_ERROR(image->write(0, kSecond), kInputOutput);
    expect_latched(*image);
  }
  expect_old_or_new();
}

TEST_F(FailingServer, RunsOutOfSpace) {
  serve({"--filter=error", "memory", std::to_string(kMediumBytes), "error-pwrite=ENOSPC",
         "error-pwrite-rate=100%", "error-pwrite-file=" + trigger_});
  ASSERT_FALSE(HasFatalFailure());
  {
    Result<Image> image = open();
    ASSERT_OK(image);
    fail();
    EXPECT_ERROR(image->write(0, kSecond), kNoSpace);
    expect_latched(*image);
  }
  expect_old_or_new();
}

class FailingFlush : public FailingServer {
 protected:
  void SetUp() override {
    std::ofstream file(disk_);
    std::filesystem::resize_file(disk_, kMediumBytes);
    const std::string dd =
        "dd status=none iflag=count_bytes,skip_bytes,fullblock oflag=seek_bytes conv=notrunc bs=64K";
    serve({"eval", fmt::format("get_size=echo {}", kMediumBytes), "can_write=exit 0", "can_flush=exit 0",
           fmt::format("pread={} if='{}' skip=$4 count=$3", dd, disk_),
           fmt::format("pwrite={} of='{}' seek=$4", dd, disk_),
           fmt::format("flush=if [ -e '{}' ]; then echo 'EIO the flush failed' >&2; exit 1; fi", trigger_)});
  }

  const std::string disk_ = scratch_ / "disk";
};

TEST_F(FailingFlush, NothingIsBelievedBehindIt) {
  {
    Result<Image> image = open();
    ASSERT_OK(image);
    EXPECT_OK(image->write(1, kFirst)) << "the first update's flushes work";
    fail();
    EXPECT_ERROR(image->write(0, kSecond), kInputOutput);
    expect_latched(*image);
  }
  expect_old_or_new();
}

// Before the first update of an image that was opened there is one more.
TEST_F(FailingFlush, NothingIsWrittenBehindTheFirst) {
  {
    Result<Image> image = open();
    ASSERT_OK(image);
    fail();
    EXPECT_ERROR(image->write(0, kSecond), kInputOutput);
    expect_latched(*image);
  }
  Result<Image> again = open();
  ASSERT_OK(again);
  EXPECT_EQ(content(*again, "a"), kFirst);
}

TEST_F(FailingFlush, IsAFatalErrorToDevices) {
  {
    Result<Nvram> nvram = Nvram::setup(medium_->location().target);
    ASSERT_OK(nvram);
    EXPECT_OK(nvram->register_entry({"a", 4032}));
    EXPECT_OK(nvram->start());
    EXPECT_OK(nvram->write("a", kFirst));
    EXPECT_FALSE(nvram->had_fatal_error());
    fail();
    EXPECT_ERROR(nvram->write("a", kSecond), kInputOutput);
    recover();
    EXPECT_TRUE(nvram->had_fatal_error());
    EXPECT_ERROR(nvram->write("a", kSecond), kNvramFailed);
    EXPECT_ERROR(nvram->read("a"), kNvramFailed);
  }
  expect_old_or_new();
}

TEST_F(FailingServer, Dies) {
  const std::string disk = scratch_ / "disk";
  std::ofstream file(disk);
  std::filesystem::resize_file(disk, kMediumBytes);
  serve({"file", disk});
  ASSERT_FALSE(HasFatalFailure());
  {
    Result<Image> image = open();
    ASSERT_OK(image);
    EXPECT_OK(image->write(0, kSecond));
    medium_->server().child().kill();
    EXPECT_ERROR(image->write(0, kThird), kInputOutput);
    EXPECT_ERROR(image->write(1, kThird), kInputOutput);
  }
  EXPECT_ERROR(open(), kInputOutput);
  Result<Image> again = open_image(*files_, {disk}, {storage::Access::kReadWrite});
  ASSERT_OK(again);
  EXPECT_EQ(content(*again, "a"), kSecond) << "acknowledged, so it was there";
  EXPECT_EQ(content(*again, "b"), kFirst);
}

}  // namespace
}  // namespace nonvol::vnvram
