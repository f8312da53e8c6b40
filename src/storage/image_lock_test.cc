#include "storage/image_lock.h"

#include <fmt/format.h>

#include <fstream>
#include <thread>

#include "storage/posix.h"
#include "testing/child.h"
#include "testing/expect.h"
#include "testing/image_locks.h"
#include "testing/scratch.h"

namespace nonvol::storage {
namespace {

using testing::Child;
using testing::eventually;
using ::testing::HasSubstr;

constexpr std::size_t kImageBytes = 64 * 1024;

class ImageLock : public ::testing::Test {
 protected:
  ImageLock() { std::ofstream(path_) << std::string(kImageBytes, 'x'); }

  bool is_held(off_t byte) const { return testing::image_lock_is_held(path_, byte); }
  testing::Finished qemu_io(const char* command, const char* more = "-n") {
    return testing::run({"qemu-io", more, "-f", "raw", "-c", command, path_});
  }

  const testing::Scratch scratch_;
  const std::unique_ptr<FileSystem> files_ = posix_file_system();
  const std::string path_ = scratch_ / "image, with a comma";
};

TEST_F(ImageLock, LetsOneWriterIn) {
  auto first = files_->open_write(path_);
  ASSERT_OK(first);
  const auto second = files_->open_write(path_);
  EXPECT_ERROR(second, kImageInUse);
  EXPECT_THAT(second.error().message, HasSubstr(fmt::format("(pid {})", ::getpid())));
  EXPECT_ERROR(open_write_waiting(*files_, path_, 20), kImageInUse);
  EXPECT_OK(files_->open_read(path_));
  first->reset();
  EXPECT_OK(files_->open_write(path_));
}

TEST_F(ImageLock, KeepsWritersOutAndLetsReadersIn) {
  auto file = files_->open_write(path_);
  ASSERT_OK(file);
  const testing::Finished refused = qemu_io("write 0 512");
  EXPECT_NE(refused.status, 0);
  EXPECT_THAT(refused.output, HasSubstr("Failed to get \"write\" lock"));
  EXPECT_EQ(qemu_io("read 0 512", "-r").status, 0);
  file->reset();
  const testing::Finished done = qemu_io("write 0 512");
  EXPECT_EQ(done.status, 0) << done.output;
}

TEST_F(ImageLock, IsRefusedWhileAToolOfQemuWrites) {
  Child tool({"qemu-io", "-f", "raw", path_});
  ASSERT_TRUE(eventually([&] { return is_held(testing::kWritesImage); })) << tool.output();
  const auto refused = files_->open_write(path_);
  EXPECT_ERROR(refused, kImageInUse);
  EXPECT_THAT(refused.error().message, HasSubstr(fmt::format("qemu-io (pid {})", tool.pid())));
  // Whoever is refused must not stay in the way of others.
  tool.kill();
  const auto left = files_->image_in_use(path_);
  ASSERT_OK(left);
  EXPECT_FALSE(*left);
}

TEST_F(ImageLock, IsGivenToWhoeverWaits) {
  Child tool({"qemu-io", "-f", "raw", path_});
  ASSERT_TRUE(eventually([&] { return is_held(testing::kWritesImage); })) << tool.output();
  std::jthread killer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    tool.kill();
  });
  EXPECT_OK(open_write_waiting(*files_, path_, 10'000));
}

TEST_F(ImageLock, IsGivenBesideAReader) {
  const Child tool({"qemu-io", "-r", "-f", "raw", path_});
  ASSERT_TRUE(eventually([&] { return is_held(testing::kReadsImage); })) << tool.output();
  EXPECT_OK(files_->open_write(path_));
}

// A flash device shares everything: only the permissions it uses say that it is there.
TEST_F(ImageLock, IsRefusedWhileAGuestHasTheImageAsFlash) {
  const Child guest({"qemu-system-x86_64", "-M", "pc,accel=tcg,pflash0=flash", "-nodefaults", "-display",
                     "none", "-S", "-blockdev",
                     R"({"driver": "file", "node-name": "flash", "filename": ")" + path_ + R"("})"});
  ASSERT_TRUE(eventually([&] { return is_held(testing::kWritesImage); })) << guest.output();
  const auto refused = files_->open_write(path_);
  EXPECT_ERROR(refused, kImageInUse);
  EXPECT_THAT(refused.error().message, HasSubstr(fmt::format("(pid {})", guest.pid())));
}

// A disk that a guest only reads must not change under it: only what it does not share says so.
TEST_F(ImageLock, IsRefusedWhileAGuestMinds) {
  const Child guest(
      {"qemu-system-x86_64", "-M", "pc,accel=tcg", "-nodefaults", "-display", "none", "-S", "-blockdev",
       R"({"driver": "file", "node-name": "disk", "read-only": true, "filename": ")" + path_ + R"("})",
       "-device", "virtio-blk-pci,drive=disk"});
  ASSERT_TRUE(eventually([&] { return is_held(testing::kMindsOthersWriting); })) << guest.output();
  EXPECT_ERROR(files_->open_write(path_), kImageInUse);
}

}  // namespace
}  // namespace nonvol::storage
