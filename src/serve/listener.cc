#include "serve/listener.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "storage/posix.h"
#include "storage/system_call.h"

namespace nonvol::serve {
namespace {

using storage::UniqueFd;

constexpr int kWaitingClients = 16;

UniqueFd new_socket() {
  return UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

const sockaddr* plain(const sockaddr_un& address) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

// Whether the name is a socket that nobody listens on: what a killed server leaves.
bool is_left_behind(const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(address.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const UniqueFd probe = new_socket();
  return ::connect(probe.get(), plain(address), sizeof address) != 0 && errno == ECONNREFUSED;
}

}  // namespace

Result<Listener> Listener::open(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return Error(ErrorId::kBadCommandLine, fmt::format("the socket's path has {} bytes, the system takes {}",
                                                       path.size(), sizeof address.sun_path - 1))
        .at(Place::in_file(path))
        .with_hint("nonvol help");
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  UniqueFd fd = new_socket();
  // Linux gives the socket's own mode to its name.
  if (!fd || ::fchmod(fd.get(), 0600) != 0) return storage::error_from_errno(errno, "make socket", path);
  int bound = ::bind(fd.get(), plain(address), sizeof address);
  if (bound != 0 && errno == EADDRINUSE && is_left_behind(address)) {
    ::unlink(path.c_str());
    bound = ::bind(fd.get(), plain(address), sizeof address);
  }
  if (bound != 0) {
    const int error_number = errno == EADDRINUSE ? EEXIST : errno;
    return storage::error_from_errno(error_number, "make socket", path);
  }
  Listener listener(std::move(fd), path);
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || ::listen(listener.fd(), kWaitingClients) != 0) {
    return storage::error_from_errno(errno, "listen on", path);
  }
  listener.inode_ = status.st_ino;
  return listener;
}

Listener::~Listener() {
  struct stat status {};
  if (path_.empty() || ::lstat(path_.c_str(), &status) != 0 || status.st_ino != inode_) return;
  ::unlink(path_.c_str());
}

UniqueFd Listener::accept() const {
  return UniqueFd(
      storage::retry([&] { return ::accept4(fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK); }));
}

}  // namespace nonvol::serve
