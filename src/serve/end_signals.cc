#include "serve/end_signals.h"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "storage/system_call.h"

namespace nonvol::serve {

EndSignals::EndSignals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set, signal);
  ::pthread_sigmask(SIG_BLOCK, &set, &before_);
  fd_ = storage::UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

EndSignals::~EndSignals() {
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::string EndSignals::name() const {
  signalfd_siginfo info{};
  if (storage::retry([&] { return ::read(fd(), &info, sizeof info); }) != sizeof info) return {};
  return info.ssi_signo == SIGTERM ? "SIGTERM" : info.ssi_signo == SIGINT ? "SIGINT" : "SIGHUP";
}

}  // namespace nonvol::serve
