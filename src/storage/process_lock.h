#pragma once

#include <string>

#include "outcome/result.h"
#include "storage/unique_fd.h"

namespace nonvol::storage {

// A lock of the old kind (fcntl(2), F_SETLK) on a whole file, as swtpm holds one on the .lock of its
// directory (SWTPM_NVRAM_Lock_Dir() in its swtpm_nvstore_dir.c), until this is destroyed. Such a lock belongs
// to the process: it also ends as soon as the process closes any other descriptor of the file, so that what
// is locked must be read through this one.
class ProcessLock {
 public:
  enum class Make {
    kNever,
    kIfMissing,  // as the directory's owner, so that swtpm can use it; where that is allowed
    kRehearse,   // as kIfMissing, but nothing is made
  };
  // Does not wait, and follows no link but with kNever. Of a file that may only be read it is asked whether
  // anybody has it locked; where none can be made nothing is held. Errors: kImageInUse,
  // kFileMissing, kPermission, kInputOutput (also for what is neither a file nor a block device).
  static Result<ProcessLock> take(const std::string& path, Make make);

  // -1: nothing is held.
  int descriptor() const { return fd_.get(); }

 private:
  explicit ProcessLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace nonvol::storage
