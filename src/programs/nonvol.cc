#include <malloc.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <string_view>

#include "cli/command.h"

namespace {

// False where the reader is gone or the disk is full: then the answer was not given.
bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

int main(int count, char** words) {
  // A closed pipe is then an error of write() and ends with an exit code instead of a signal.
  std::signal(SIGPIPE, SIG_IGN);
  // What is freed is used again or the process ends: to give it back costs a system call each time. libtpms asks
  // for 270 KB with every command that stores something.
  constexpr int kKeptBytes = 1 << 20;
  ::mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  ::mallopt(M_MMAP_THRESHOLD, kKeptBytes);
  const nonvol::cli::Output output = nonvol::cli::run({words + 1, words + count});
  const bool answered = write_all(STDOUT_FILENO, output.out);
  const int error_number = errno;
  write_all(STDERR_FILENO, output.err);
  if (answered) return static_cast<int>(output.code);
  write_all(STDERR_FILENO,
            std::string("nonvol: the answer could not be written: ") + std::strerror(error_number) + "\n");
  return static_cast<int>(nonvol::ExitCode::kSurroundings);
}
