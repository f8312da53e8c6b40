#include "storage/image_lock.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "storage/posix.h"
#include "storage/system_call.h"
#include "storage/unique_fd.h"

namespace nonvol::storage {
namespace {

// Permissions as QEMU numbers them (include/block/block-common.h). 2, writing without change, matters to no
// one.
constexpr int kConsistentRead = 0;
constexpr int kWrite = 1;
constexpr int kResize = 3;
constexpr off_t kUsedBase = 100;
constexpr off_t kUnsharedBase = 200;
constexpr off_t kEndBytes = 300;

constexpr off_t kTaken[] = {kUsedBase + kConsistentRead, kUsedBase + kWrite, kUsedBase + kResize,
                            kUnsharedBase + kWrite, kUnsharedBase + kResize};
// Others must share what is used here, and must not use what is not shared here.
constexpr off_t kInTheWay[] = {kUnsharedBase + kConsistentRead, kUnsharedBase + kWrite,
                               kUnsharedBase + kResize, kUsedBase + kWrite, kUsedBase + kResize};

struct flock lock_of(short type, off_t start, off_t length) {
  struct flock result {};
  result.l_type = type;
  result.l_whence = SEEK_SET;
  result.l_start = start;
  result.l_len = length;
  return result;
}

bool means_no_locks_here(int error_number) {
  return error_number == EOPNOTSUPP || error_number == EINVAL;
}

struct CloseDirectory {
  void operator()(DIR* stream) const { ::closedir(stream); }
};
using DirectoryStream = std::unique_ptr<DIR, CloseDirectory>;

bool is_number(std::string_view name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

// Small files of /proc; empty where it cannot be read.
std::string text_of(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text(4096, '\0');
  const ssize_t size = fd ? retry([&] { return ::read(fd.get(), text.data(), text.size()); }) : 0;
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

// Whether a descriptor of another process is open on the same file and holds a lock that is not a flock(2).
// The status is asked for without waiting for a server: whoever hangs on a dead one is not the one sought.
bool holds(const std::string& process, const char* descriptor, const struct stat& image) {
  struct statx found {};
  const std::string link = process + "/fd/" + descriptor;
  if (::statx(AT_FDCWD, link.c_str(), AT_STATX_DONT_SYNC, STATX_INO, &found) != 0) return false;
  if (found.stx_ino != image.st_ino || ::makedev(found.stx_dev_major, found.stx_dev_minor) != image.st_dev) {
    return false;
  }
  const std::string details = text_of(process + "/fdinfo/" + descriptor);
  return details.find("OFDLCK") != std::string::npos || details.find("POSIX") != std::string::npos;
}

// "qemu-system-x86 (pid 1234)", or nothing where /proc does not tell.
std::string holder_of(const struct stat& image) {
  const DirectoryStream processes(::opendir("/proc"));
  while (const dirent* process = processes ? ::readdir(processes.get()) : nullptr) {
    if (!is_number(process->d_name)) continue;
    const std::string path = std::string("/proc/") + process->d_name;
    const DirectoryStream descriptors(::opendir((path + "/fd").c_str()));
    while (const dirent* descriptor = descriptors ? ::readdir(descriptors.get()) : nullptr) {
      if (!is_number(descriptor->d_name) || !holds(path, descriptor->d_name, image)) continue;
      std::string name = text_of(path + "/comm");
      while (name.ends_with('\n')) name.pop_back();
      return fmt::format("{} (pid {})", name.empty() ? "a process" : name, process->d_name);
    }
  }
  return "";
}

}  // namespace

void unlock_image(int fd) {
  struct flock all = lock_of(F_UNLCK, kUsedBase, kEndBytes - kUsedBase);
  ::fcntl(fd, F_OFD_SETLK, &all);
}

Result<void> lock_image_as_writer(int fd, const std::string& path) {
  for (const off_t byte : kTaken) {
    struct flock wanted = lock_of(F_RDLCK, byte, 1);
    if (retry([&] { return ::fcntl(fd, F_OFD_SETLK, &wanted); }) == 0) continue;
    const int error_number = errno;
    // Only the first: where one was given, all must be.
    if (byte == kTaken[0] && means_no_locks_here(error_number)) return {};
    unlock_image(fd);
    if (error_number == EAGAIN || error_number == EACCES) return image_in_use_error(path);
    return error_from_errno(error_number, "lock", path);
  }
  // After taking, so that of two who come at once at least one sees the other.
  for (const off_t byte : kInTheWay) {
    struct flock query = lock_of(F_WRLCK, byte, 1);
    if (retry([&] { return ::fcntl(fd, F_OFD_GETLK, &query); }) != 0) {
      const int error_number = errno;
      unlock_image(fd);
      return error_from_errno(error_number, "examine locks of", path);
    }
    if (query.l_type == F_UNLCK) continue;
    unlock_image(fd);
    return image_in_use_error(path);
  }
  return {};
}

Error image_in_use_error(const std::string& path) {
  struct stat image {};
  const std::string holder = ::stat(path.c_str(), &image) == 0 ? holder_of(image) : "";
  return Error(ErrorId::kImageInUse,
               fmt::format("{} is in use by {}", path, holder.empty() ? "another process" : holder))
      .at(Place::in_file(path));
}

Result<bool> image_is_locked(int fd, const std::string& path) {
  struct flock query = lock_of(F_WRLCK, kUsedBase, kEndBytes - kUsedBase);
  if (::fcntl(fd, F_OFD_GETLK, &query) != 0) return error_from_errno(errno, "examine locks of", path);
  return query.l_type != F_UNLCK;
}

}  // namespace nonvol::storage
