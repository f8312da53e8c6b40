#include "storage/process_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "testing/child.h"
#include "testing/expect.h"

namespace nonvol::storage {
namespace {

using Make = ProcessLock::Make;

// What another process gets: locks of this kind never stand in the way of the process that has them.
bool another_can_lock(const std::string& path) {
  const pid_t child = ::fork();
  if (child == 0) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    struct flock wanted {};
    wanted.l_type = F_WRLCK;
    ::_exit(fd >= 0 && ::fcntl(fd, F_SETLK, &wanted) == 0 ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Another process that holds the lock until it is told to end.
class Holder {
 public:
  explicit Holder(const std::string& path) {
    int ready[2];
    if (::pipe(ready) != 0 || ::pipe(end_) != 0) ::abort();
    child_ = ::fork();
    if (child_ == 0) {
      ::close(end_[1]);
      const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
      struct flock wanted {};
      wanted.l_type = F_WRLCK;
      char byte = ::fcntl(fd, F_SETLK, &wanted) == 0 ? 'y' : 'n';
      if (::write(ready[1], &byte, 1) != 1) ::_exit(1);
      static_cast<void>(!::read(end_[0], &byte, 1));
      ::_exit(0);
    }
    ::close(ready[1]);
    ::close(end_[0]);
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    EXPECT_EQ(byte, 'y');
    ::close(ready[0]);
  }
  ~Holder() {
    ::close(end_[1]);
    ::waitpid(child_, nullptr, 0);
  }

 private:
  int end_[2] = {-1, -1};
  pid_t child_ = -1;
};

TEST(ProcessLock, KeepsOthersOutUntilItIsDestroyed) {
  const testing::Scratch scratch;
  const std::string path = scratch / ".lock";
  EXPECT_ERROR(ProcessLock::take(path, Make::kNever), kFileMissing);
  const Result<ProcessLock> rehearsed = ProcessLock::take(path, Make::kRehearse);
  ASSERT_OK(rehearsed);
  EXPECT_EQ(rehearsed->descriptor(), -1);
  EXPECT_FALSE(std::filesystem::exists(path));
  {
    const Result<ProcessLock> lock = ProcessLock::take(path, Make::kIfMissing);
    ASSERT_OK(lock);
    EXPECT_FALSE(another_can_lock(path));
  }
  EXPECT_TRUE(another_can_lock(path));
}

TEST(ProcessLock, IsRefusedWhileAnotherHasIt) {
  const testing::Scratch scratch;
  const std::string path = scratch / ".lock";
  {
    const Holder other(path);
    EXPECT_ERROR(ProcessLock::take(path, Make::kNever), kImageInUse);
    EXPECT_ERROR(ProcessLock::take(path, Make::kIfMissing), kImageInUse);
  }
  EXPECT_OK(ProcessLock::take(path, Make::kNever));
}

TEST(ProcessLock, FollowsNoLinkThatWasPlanted) {
  const testing::Scratch scratch;
  std::filesystem::create_symlink("elsewhere", scratch / ".lock");
  EXPECT_ERROR(ProcessLock::take(scratch / ".lock", Make::kIfMissing), kInputOutput);
  EXPECT_FALSE(std::filesystem::exists(scratch / "elsewhere"));
  std::ofstream(scratch / "elsewhere") << "state";
  EXPECT_OK(ProcessLock::take(scratch / ".lock", Make::kNever));
}

TEST(ProcessLock, NeverHangsOnAPipe) {
  const testing::Scratch scratch;
  ASSERT_EQ(::mkfifo((scratch / "pipe").c_str(), 0600), 0);
  EXPECT_ERROR(ProcessLock::take(scratch / "pipe", Make::kNever), kInputOutput);
}

}  // namespace
}  // namespace nonvol::storage
