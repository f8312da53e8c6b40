#pragma once

#include <memory>
#include <string>

#include "storage/file_source.h"

namespace nonvol::storage {

struct NbdOptions {
  unsigned timeout_ms = 30'000;  // for connecting, and for each answer of the server
  std::string name;              // what messages call it; the address where empty
};

// An export of an NBD server, by libnbd, which is loaded at the first use. `uri` is
// nbd+unix:///EXPORT?socket=PATH or nbd://HOST[:PORT]/EXPORT, as the NBD project writes them; no TLS. Sizes
// and limits are the server's: large requests are sent in pieces, and what is smaller than its smallest block
// is read, changed and written. The size is fixed, and a part of a block at the end cannot be reached. A
// server that is lost or does not answer in time fails this operation and all later ones. Many threads, one
// request at a time. Errors: kBadCommandLine for another kind of address; kLibraryMissing; kFileMissing (no
// such socket); kPermission (also for writing what the server lets be read only); kNoFlush: only a server
// that can flush is written to; kNoSpace for writing behind the end; kInputOutput with the words of libnbd.
Result<std::unique_ptr<BlockFile>> open_nbd(const std::string& uri, Access access,
                                            const NbdOptions& options = {});

}  // namespace nonvol::storage
