#include "storage/turn_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "storage/image_lock.h"
#include "storage/posix.h"
#include "storage/posix_block_file.h"
#include "storage/system_call.h"

namespace nonvol::storage {

Result<TurnFile> TurnFile::open(const std::string& path) {
  struct stat opened {};
  Result<UniqueFd> fd = open_in_place(path, opened);
  if (!fd) return fd.error();
  return TurnFile(*std::move(fd), path);
}

Result<std::unique_ptr<BlockFile>> TurnFile::take(unsigned wait_ms) {
  Result<void> locked = until_not_in_use([&] { return lock_image_as_writer(fd_.get(), path_); }, wait_ms);
  if (!locked) return locked.error();
  struct stat opened {};
  struct stat named {};
  if (::fstat(fd_.get(), &opened) != 0 || ::stat(path_.c_str(), &named) != 0) {
    const int error_number = errno;
    give();
    return error_from_errno(error_number, "examine", path_);
  }
  if (named.st_dev != opened.st_dev || named.st_ino != opened.st_ino) {
    give();
    return Error(ErrorId::kImageInUse, path_ + " was replaced by another file").at(Place::in_file(path_));
  }
  UniqueFd own(retry([&] { return ::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0); }));
  if (!own) {
    const int error_number = errno;
    give();
    return error_from_errno(error_number, "open", path_);
  }
  Result<std::unique_ptr<BlockFile>> file = posix_block_file(std::move(own), path_);
  if (!file) give();
  return file;
}

void TurnFile::give() {
  unlock_image(fd_.get());
}

}  // namespace nonvol::storage
