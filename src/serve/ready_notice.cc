#include "serve/ready_notice.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace nonvol::serve {

ReadyNotice::ReadyNotice() {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t size = path == nullptr ? 0 : std::strlen(path);
  if (size < 2 || size >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) return;
  std::memcpy(address.sun_path, path, size);
  if (path[0] == '@') address.sun_path[0] = 0;
  storage::UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto* plain = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
  if (fd && ::connect(fd.get(), plain, length) == 0) fd_ = std::move(fd);
}

void ReadyNotice::send() const {
  constexpr char kReady[] = "READY=1";
  if (fd_) static_cast<void>(::send(fd_.get(), kReady, sizeof kReady - 1, MSG_NOSIGNAL));
}

}  // namespace nonvol::serve
