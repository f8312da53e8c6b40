#pragma once

#include "outcome/result.h"

namespace nonvol::serve {

struct SandboxOptions {
  bool ends_child = false;  // a program was started that must be ended with this process
};

// Gives up, for all threads of the process and for good, what a server does not need once its files and
// sockets are open: opening and making files, sockets and connections, new processes and threads, memory that
// can be executed; core dumps, and being looked at by other processes of the same user, since its memory
// holds secrets. What is refused fails with EPERM. Libraries must be loaded and threads started before.
// Errors: kTpmSandbox, where the kernel has no seccomp filters or this machine is of an unknown architecture.
Result<void> enter_sandbox(const SandboxOptions& options);

}  // namespace nonvol::serve
