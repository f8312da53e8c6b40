#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "testing/scratch.h"

namespace nonvol::testing {

// Asks until it is so, for at most ten seconds; what it then says.
template <class Condition>
bool eventually(Condition condition) {
  for (int tries = 0; tries < 2000 && !condition(); ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return condition();
}

// A program that runs beside the test and is killed at its end, by its own id. What it prints goes to a file;
// its standard input stays open and empty.
class Child {
 public:
  explicit Child(const std::vector<std::string>& words) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const std::string output = scratch_ / "output";
    int input[2] = {-1, -1};
    if (::pipe2(input, O_CLOEXEC) != 0) return;
    input_ = input[1];
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(input[0], STDIN_FILENO);
      const int fd = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
      ::dup2(fd, STDOUT_FILENO);
      ::dup2(fd, STDERR_FILENO);
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
    ::close(input[0]);
  }
  ~Child() {
    kill();
    ::close(input_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }

  void signal(int number) const {
    if (pid_ > 0) ::kill(pid_, number);
  }
  // Returns when it has stopped: a signal alone only asks for it.
  void stop() const {
    signal(SIGSTOP);
    if (pid_ > 0) ::waitpid(pid_, nullptr, WUNTRACED);
  }
  void kill() {
    signal(SIGKILL);
    wait();
  }
  // The exit status, 128 + n for one that a signal ended.
  int wait() {
    if (pid_ > 0) {
      int status = 0;
      ::waitpid(pid_, &status, 0);
      status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      pid_ = -1;
    }
    return status_;
  }

  std::string output() const {
    std::ifstream file(scratch_ / "output");
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  Scratch scratch_;
  int input_ = -1;
  pid_t pid_ = -1;
  int status_ = -1;
};

struct Finished {
  int status;
  std::string output;
};

inline Finished run(const std::vector<std::string>& words) {
  Child child(words);
  const int status = child.wait();
  return {status, child.output()};
}

}  // namespace nonvol::testing
