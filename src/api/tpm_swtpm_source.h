#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/context.h"
#include "storage/process_lock.h"
#include "tpm/memory_state.h"
#include "tpm/swtpm_key.h"

// State as swtpm keeps it, in either form, read under swtpm's lock. Private to api/.
namespace nonvol::api {

using OwnedBlobs = std::map<tpm::StateKind, std::vector<std::uint8_t>>;

// swtpm's names (its swtpm_nvstore_dir.c): "tpm2-00.permall".
std::string swtpm_file(tpm::TpmVersion version, tpm::StateKind kind);

// The lock that swtpm takes on its directory. Rehearsed: none is made where it is missing, and -1 is its
// descriptor. Errors: kImageInUse, and those of storage::ProcessLock.
Result<storage::ProcessLock> lock_swtpm_directory(const std::string& directory, bool rehearsal);
// Of the linear file, which swtpm locks since 0.10, and only when asked to. Errors: the same.
Result<storage::ProcessLock> lock_swtpm_linear(const std::string& path);

// The state files of this version that are there. Errors: kInputOutput for what is no regular file, and those
// of reading.
Result<OwnedBlobs> read_swtpm_directory(const Context& context, const std::string& directory,
                                        tpm::TpmVersion version);
// Through the lock, once. Errors: those of tpm::decode_swtpm_linear, and of reading.
Result<OwnedBlobs> read_swtpm_linear(const storage::ProcessLock& lock, const std::string& name);

// What is in them, with the first of the keys that fits. Errors: those of tpm::decode_swtpm_blob.
Result<tpm::MemoryState> decode_swtpm_blobs(const OwnedBlobs& blobs, const std::vector<tpm::SwtpmKey>& keys,
                                            const std::string& name);

}  // namespace nonvol::api
