#include "seal/random.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace nonvol::seal {

Result<void> random_bytes(std::span<std::uint8_t> into) {
  // A signal can end a call early; what is missing takes another one.
  while (!into.empty()) {
    const ssize_t got = ::getrandom(into.data(), into.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return Error(ErrorId::kInputOutput, fmt::format("the kernel gives no random bytes (getrandom: {})",
                                                      std::generic_category().message(errno)));
    }
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

}  // namespace nonvol::seal
