#pragma once

#include <memory>
#include <string>

#include "outcome/result.h"
#include "storage/file_source.h"
#include "storage/unique_fd.h"

namespace nonvol::storage {

// A file or block device that two processes use in turn. It is opened once, so that a process which may open
// nothing any more can still take its turn; QEMU's image locks (storage/image_lock.h) say whose turn it is.
// One thread.
class TurnFile {
 public:
  // Reads nothing and takes no lock. Errors: kFileMissing, kPermission, kInputOutput.
  static Result<TurnFile> open(const std::string& path);

  // Locks as a writer; what it gives must be gone before give() and before the next take(). Errors:
  // kImageInUse after `wait_ms`, also where another file has taken the name; kInputOutput.
  Result<std::unique_ptr<BlockFile>> take(unsigned wait_ms);
  void give();

 private:
  TurnFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  UniqueFd fd_;  // locks belong to what was opened, and stay while any descriptor of it is open
  std::string path_;
};

}  // namespace nonvol::storage
