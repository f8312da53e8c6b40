#pragma once

#include <cstdint>
#include <string>

#include "api/blob_image.h"

namespace nonvol::qmp {

struct ServeRequest {
  api::BlobImage where;
  std::string socket_path;
};

struct ServeReport {
  std::string image;
  std::string socket_path;
  std::uint64_t clients = 0;
  std::uint64_t requests = 0;
  bool failed = false;   // an NVRAM_FATAL_ERROR was sent
  std::string ended_by;  // "quit", "SIGTERM", "SIGINT", "SIGHUP"
};

// Serves an image until a client says quit or a signal comes: a unix socket for the owner alone, several
// clients at a time, one thread, and the image open for writing (locked) all the while. A request is carried
// out in full, flush included, before the next one of any client. The socket is gone afterwards. Errors:
// kAlreadyThere (something else has the name, or another server listens there; what a dead one left is
// removed), kBadCommandLine (the path is too long for a socket), and those of read_key, vnvram::open_file and
// Nvram::open.
Result<ServeReport> serve(const api::Context& context, const ServeRequest& request);

std::string to_json(const ServeReport& report);

}  // namespace nonvol::qmp
