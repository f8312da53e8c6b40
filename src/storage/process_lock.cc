#include "storage/process_lock.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "storage/file_beside.h"
#include "storage/image_lock.h"
#include "storage/posix.h"
#include "storage/system_call.h"

namespace nonvol::storage {
namespace {

// O_NONBLOCK: a FIFO must not hang.
constexpr int kFlags = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
// What swtpm gives its own.
constexpr mode_t kMode = 0660;

int open_file(const std::string& path, int flags) {
  return retry([&] { return ::open(path.c_str(), flags | kFlags, kMode); });
}

bool may_not_write(int error_number) {
  return error_number == EACCES || error_number == EPERM || error_number == EROFS;
}

// The privileged who make the file would lock out the swtpm of another user.
void give_to_owner_of_directory(int fd, const std::string& path) {
  struct stat directory {};
  if (::stat(directory_of(path).c_str(), &directory) != 0) return;
  [[maybe_unused]] const int refused = ::fchown(fd, directory.st_uid, directory.st_gid);
}

UniqueFd open_or_make(const std::string& path, bool makes) {
  UniqueFd fd(open_file(path, O_RDWR | O_NOFOLLOW));
  if (fd || errno != ENOENT || !makes) return fd;
  fd = UniqueFd(open_file(path, O_RDWR | O_NOFOLLOW | O_CREAT | O_EXCL));
  if (fd) give_to_owner_of_directory(fd.get(), path);
  // Somebody else made it meanwhile.
  if (!fd && errno == EEXIST) fd = UniqueFd(open_file(path, O_RDWR | O_NOFOLLOW));
  return fd;
}

}  // namespace

Result<ProcessLock> ProcessLock::take(const std::string& path, Make make) {
  const bool may_be_missing = make != Make::kNever;
  UniqueFd fd =
      may_be_missing ? open_or_make(path, make == Make::kIfMissing) : UniqueFd(open_file(path, O_RDWR));
  const bool only_looks = !fd && may_not_write(errno);
  if (only_looks) fd = UniqueFd(open_file(path, O_RDONLY | (may_be_missing ? O_NOFOLLOW : 0)));
  if (!fd && may_be_missing && errno == ENOENT && (only_looks || make == Make::kRehearse))
    return ProcessLock(UniqueFd());
  if (!fd) return error_from_errno(errno, "lock", path);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return error_from_errno(errno, "examine", path);
  if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode)) {
    return Error(ErrorId::kInputOutput, path + " is neither a file nor a block device")
        .at(Place::in_file(path));
  }
  struct flock wanted {};
  wanted.l_type = F_WRLCK;
  wanted.l_whence = SEEK_SET;
  if (retry([&] { return ::fcntl(fd.get(), only_looks ? F_GETLK : F_SETLK, &wanted); }) != 0) {
    if (errno == EAGAIN || errno == EACCES) return image_in_use_error(path);
    return error_from_errno(errno, "lock", path);
  }
  if (only_looks && wanted.l_type != F_UNLCK) return image_in_use_error(path);
  return ProcessLock(std::move(fd));
}

}  // namespace nonvol::storage
