#include "storage/child_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "storage/posix.h"
#include "storage/system_call.h"

namespace nonvol::storage {
namespace {

constexpr int kPatienceMs = 5000;
constexpr int kCannotExecute = 127;

// Between fork and exec: system calls only, another thread may hold any lock.
[[noreturn]] void become(char* const* words, pid_t parent, int input, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kCannotExecute);
  ::setsid();
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGTERM, SIG_DFL);
  if (::dup2(input, STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0 ||
      ::dup2(output, STDERR_FILENO) < 0) {
    ::_exit(kCannotExecute);
  }
  // What a program that uses this library has open may not be marked itself.
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  ::execv(words[0], words);
  ::_exit(kCannotExecute);
}

}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const std::vector<std::string>& words,
                                                          const std::string& output_path) {
  const UniqueFd input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!input) return error_from_errno(errno, "open", "/dev/null");
  const UniqueFd output(::open(output_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!output) return error_from_errno(errno, "create", output_path);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);

  std::unique_ptr<ChildProcess> child(new ChildProcess());
  std::promise<int> started;
  int error_number = 0;
  try {
    child->starter_ = std::thread([&, may_end = child->may_end_.get_future()]() mutable {
      const pid_t parent = ::getpid();
      const pid_t pid = ::fork();
      if (pid == 0) become(arguments.data(), parent, input.get(), output.get());
      child->pid_ = pid;
      started.set_value(pid < 0 ? errno : 0);
      may_end.wait();
    });
    error_number = started.get_future().get();
  } catch (const std::system_error& error) {
    error_number = error.code().value();
  }
  if (error_number == 0) {
    // By its number: the header of glibc 2.36 declares pidfd_open for C only.
    child->process_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, child->pid_, 0)));
    if (!child->process_) error_number = errno;
  }
  if (error_number != 0) return error_from_errno(error_number, "start", words.front());
  return child;
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    if (!ended_within(kPatienceMs)) ::kill(pid_, SIGKILL);
    retry([this] { return ::waitpid(pid_, nullptr, 0); });
  }
  may_end_.set_value();
  if (starter_.joinable()) starter_.join();
}

bool ChildProcess::ended_within(int wait_ms) const {
  struct pollfd query {};
  query.fd = process_.get();
  query.events = POLLIN;
  return ::poll(&query, 1, wait_ms) > 0;
}

}  // namespace nonvol::storage
