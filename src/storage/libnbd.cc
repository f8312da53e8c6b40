#include "storage/libnbd.h"

#include <dlfcn.h>

#include <optional>

namespace nonvol::storage {
namespace {

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

std::optional<Libnbd> load() {
  Libnbd result{};
  void* library = ::dlopen(kLibnbdName, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return std::nullopt;
  const bool found =
      find(library, "nbd_create", result.create) && find(library, "nbd_close", result.close) &&
      find(library, "nbd_get_error", result.get_error) && find(library, "nbd_get_errno", result.get_errno) &&
      find(library, "nbd_set_uri_allow_transports", result.set_uri_allow_transports) &&
      find(library, "nbd_set_uri_allow_tls", result.set_uri_allow_tls) &&
      find(library, "nbd_get_size", result.get_size) &&
      find(library, "nbd_get_block_size", result.get_block_size) &&
      find(library, "nbd_is_read_only", result.is_read_only) &&
      find(library, "nbd_can_flush", result.can_flush) && find(library, "nbd_poll", result.poll) &&
      find(library, "nbd_aio_connect_uri", result.aio_connect_uri) &&
      find(library, "nbd_aio_is_ready", result.aio_is_ready) &&
      find(library, "nbd_aio_is_dead", result.aio_is_dead) &&
      find(library, "nbd_aio_is_closed", result.aio_is_closed) &&
      find(library, "nbd_aio_pread", result.aio_pread) &&
      find(library, "nbd_aio_pwrite", result.aio_pwrite) &&
      find(library, "nbd_aio_flush", result.aio_flush) &&
      find(library, "nbd_aio_disconnect", result.aio_disconnect) &&
      find(library, "nbd_aio_command_completed", result.aio_command_completed);
  if (!found) return std::nullopt;
  return result;
}

}  // namespace

const Libnbd* libnbd() {
  static const std::optional<Libnbd> library = load();
  return library ? &*library : nullptr;
}

}  // namespace nonvol::storage
