#pragma once

#include <string>

#include "outcome/result.h"

namespace nonvol::storage {

// QEMU's image locks (its block/file-posix.c: raw_apply_lock_bytes, raw_check_lock_bytes). Whoever uses an
// image holds read locks on bytes of the file that need not exist: 100 + n for each permission n it uses, 200
// + n for each permission it does not share. They belong to the open file and go when the last descriptor of
// it is closed.

// Takes them on `fd` as one who reads, writes and resizes and lets others read only: two writers of nonvol
// exclude each other, and a QEMU or a tool of it that may write, or that minds that others do, excludes both
// ways. Does not wait. Where the file system has no such locks nothing is taken, as QEMU does.
// Errors: kImageInUse, which names the process where /proc tells it; kInputOutput.
Result<void> lock_image_as_writer(int fd, const std::string& path);

// The kImageInUse error of an image, which names who holds it where that can be told.
Error image_in_use_error(const std::string& path);

// Whether anybody holds any of them through another open file. Errors: kInputOutput.
Result<bool> image_is_locked(int fd, const std::string& path);

}  // namespace nonvol::storage
