#include "serve/sandbox.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "testing/expect.h"

namespace nonvol::serve {
namespace {

// There is no way back, so that it is entered in a child.
void in_sandbox(void (*body)()) {
  EXPECT_OK(enter_sandbox({}));
  body();
  std::_Exit(::testing::Test::HasFailure() ? 1 : 0);
}

TEST(SandboxDeathTest, LetsThroughWhatIsOpen) {
  EXPECT_EXIT(in_sandbox([] {
                int ends[2];
                EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), -1);
                EXPECT_EQ(errno, EPERM);
                EXPECT_GE(::dup(STDERR_FILENO), 0);
                EXPECT_EQ(::write(STDERR_FILENO, "", 0), 0);
                void* memory =
                    ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                EXPECT_NE(memory, MAP_FAILED);
              }),
              ::testing::ExitedWithCode(0), "");
}

TEST(SandboxDeathTest, RefusesWhatIsNotNeeded) {
  EXPECT_EXIT(in_sandbox([] {
                EXPECT_EQ(::open("/dev/null", O_RDONLY), -1);
                EXPECT_EQ(errno, EPERM);
                EXPECT_EQ(::unlink("/nonexistent"), -1);
                EXPECT_EQ(errno, EPERM);
                EXPECT_EQ(::fork(), -1);
                EXPECT_EQ(errno, EPERM);
                EXPECT_EQ(::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                          MAP_FAILED);
                EXPECT_EQ(errno, EPERM);
              }),
              ::testing::ExitedWithCode(0), "");
}

TEST(SandboxDeathTest, IsEnteredOnce) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "UBSan makes a pipe to look at memory before it trusts it, which is refused";
#endif
  EXPECT_EXIT(in_sandbox([] { EXPECT_ERROR(enter_sandbox({}), kTpmSandbox); }), ::testing::ExitedWithCode(0),
              "");
}

TEST(SandboxDeathTest, LeavesNoCore) {
  const auto look = [] {
    EXPECT_EQ(::prctl(PR_GET_DUMPABLE), 1);
    EXPECT_OK(enter_sandbox({}));
    // prctl(2) is refused now; what it says is seen from outside in /proc (tests/interop).
    EXPECT_EQ(::prctl(PR_GET_DUMPABLE), -1);
    std::_Exit(::testing::Test::HasFailure() ? 1 : 0);
  };
  EXPECT_EXIT(look(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace nonvol::serve
