#pragma once

#include <libnbd.h>

namespace nonvol::storage {

// The functions of libnbd that are used, with the types that its own header gives them.
struct Libnbd {
  decltype(&::nbd_create) create;
  decltype(&::nbd_close) close;
  decltype(&::nbd_get_error) get_error;
  decltype(&::nbd_get_errno) get_errno;
  decltype(&::nbd_set_uri_allow_transports) set_uri_allow_transports;
  decltype(&::nbd_set_uri_allow_tls) set_uri_allow_tls;
  decltype(&::nbd_get_size) get_size;
  decltype(&::nbd_get_block_size) get_block_size;
  decltype(&::nbd_is_read_only) is_read_only;
  decltype(&::nbd_can_flush) can_flush;
  decltype(&::nbd_poll) poll;
  decltype(&::nbd_aio_connect_uri) aio_connect_uri;
  decltype(&::nbd_aio_is_ready) aio_is_ready;
  decltype(&::nbd_aio_is_dead) aio_is_dead;
  decltype(&::nbd_aio_is_closed) aio_is_closed;
  decltype(&::nbd_aio_pread) aio_pread;
  decltype(&::nbd_aio_pwrite) aio_pwrite;
  decltype(&::nbd_aio_flush) aio_flush;
  decltype(&::nbd_aio_disconnect) aio_disconnect;
  decltype(&::nbd_aio_command_completed) aio_command_completed;
};

constexpr const char* kLibnbdName = "libnbd.so.0";

// Loaded at the first call and kept; nullptr where the library or one of the functions is missing. Any
// thread.
const Libnbd* libnbd();

}  // namespace nonvol::storage
