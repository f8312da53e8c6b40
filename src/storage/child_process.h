#pragma once

#include <sys/types.h>

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "outcome/result.h"
#include "storage/unique_fd.h"

namespace nonvol::storage {

// A program that runs beside this process and not longer: the system ends it (SIGTERM) when this process
// dies, however it dies, and the destructor ends it (SIGTERM, after five seconds SIGKILL) and leaves no
// zombie. It gets no descriptors but an empty input and a file for what it prints, and is out of reach of the
// terminal's signals. One thread.
class ChildProcess {
 public:
  // `words`: the program's path and its arguments. `output_path` is made new. Errors: kInputOutput and the
  // like. A program that cannot be executed ends with status 127.
  static Result<std::unique_ptr<ChildProcess>> start(const std::vector<std::string>& words,
                                                     const std::string& output_path);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  // Whether it has ended, or does so within this time.
  bool ended_within(int wait_ms) const;

 private:
  ChildProcess() = default;

  pid_t pid_ = -1;
  UniqueFd process_;  // readable when it has ended
  // The system counts as this process's death the end of the thread that started the child: so one is kept.
  std::promise<void> may_end_;
  std::thread starter_;
};

}  // namespace nonvol::storage
