#pragma once

#include <string>

#include "storage/unique_fd.h"

namespace nonvol::serve {

// Tells systemd that a service of Type=notify is ready (sd_notify(3)), where NOTIFY_SOCKET names a socket to
// tell it to. Connected when it is made, so that it can be sent from inside a sandbox.
class ReadyNotice {
 public:
  ReadyNotice();
  void send() const;

 private:
  storage::UniqueFd fd_;
};

}  // namespace nonvol::serve
