#pragma once

#include <string>

#include "seal/digest.h"
#include "storage/file_source.h"

namespace nonvol::guest {

// The digest of a whole file, read once in pieces. With `to`, an empty file, the same pass copies it there:
// blocks of zeros become holes. `path` names the file in messages. Nothing is flushed.
Result<seal::Sha256Digest> digest_file(storage::BlockFile& from, const std::string& path,
                                       storage::BlockFile* to = nullptr);

// Copies an image whole, blocks of zeros too: what a TPM writes there later must neither find the disk full
// nor wait for blocks to be allocated. Nothing is flushed.
Result<void> copy_image(storage::BlockFile& from, storage::BlockFile& to);

}  // namespace nonvol::guest
