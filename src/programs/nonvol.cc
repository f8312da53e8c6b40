#include <unistd.h>

#include <cerrno>
#include <csignal>
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
  const nonvol::cli::Output output = nonvol::cli::run({words + 1, words + count});
  const bool answered = write_all(STDOUT_FILENO, output.out) && write_all(STDERR_FILENO, output.err);
  return static_cast<int>(answered ? output.code : nonvol::ExitCode::kSurroundings);
}
