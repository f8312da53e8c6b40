#pragma once

#include <signal.h>

#include <string>

#include "storage/unique_fd.h"

namespace nonvol::serve {

// SIGTERM, SIGINT and SIGHUP, which end a server, as something to wait for beside sockets. As it was before,
// afterwards. Threads that are started while it lives leave them to it.
class EndSignals {
 public:
  EndSignals();
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;
  ~EndSignals();

  int fd() const { return fd_.get(); }
  // Takes the signal that came: "SIGTERM"; empty where none did.
  std::string name() const;

 private:
  sigset_t before_{};
  storage::UniqueFd fd_;
};

}  // namespace nonvol::serve
