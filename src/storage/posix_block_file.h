#pragma once

#include <sys/stat.h>

#include <memory>
#include <string>

#include "storage/file_source.h"
#include "storage/unique_fd.h"

namespace nonvol::storage {

// The BlockFile of an open file or block device, which it closes at its end. `path` is for messages only.
// Errors: kInputOutput, also for a directory.
Result<std::unique_ptr<BlockFile>> posix_block_file(UniqueFd fd, const std::string& path);

// Opens a file or block device for reading and writing in place, without a lock; `opened` says which it is.
// Errors: kFileMissing, kPermission, kInputOutput.
Result<UniqueFd> open_in_place(const std::string& path, struct stat& opened);

}  // namespace nonvol::storage
