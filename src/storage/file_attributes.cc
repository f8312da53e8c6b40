#include "storage/file_attributes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <vector>

#include "storage/posix.h"
#include "storage/unique_fd.h"

namespace nonvol::storage {
namespace {

constexpr const char* kAccessList = "system.posix_acl_access";
constexpr mode_t kPermissionBits = 0777;
constexpr mode_t kModeBits = 07777;
constexpr mode_t kOthersBits = 0077;

bool only_privilege_is_lacking(int error_number) {
  return error_number == EPERM || error_number == EACCES;
}

// Labels that the system hands out itself and lets only the privileged change.
bool may_be_left_out(std::string_view name, int error_number) {
  return (name.starts_with("security.") || name.starts_with("trusted.")) &&
         (only_privilege_is_lacking(error_number) || error_number == EOPNOTSUPP);
}

// Sizes are asked for first; what grows in between (the file is somebody's) is an error and not a loop.
Result<std::vector<char>> attribute_names(const std::string& path) {
  const ssize_t size = ::listxattr(path.c_str(), nullptr, 0);
  if (size < 0 && errno == EOPNOTSUPP) return std::vector<char>();
  std::vector<char> names(size > 0 ? static_cast<std::size_t>(size) : 0);
  const ssize_t got = size > 0 ? ::listxattr(path.c_str(), names.data(), names.size()) : size;
  if (got < 0) return error_from_errno(errno, "list attributes of", path);
  names.resize(static_cast<std::size_t>(got));
  return names;
}

Result<void> copy_attribute(const char* name, const std::string& from_path, const std::string& to_path) {
  const ssize_t size = ::getxattr(from_path.c_str(), name, nullptr, 0);
  std::vector<char> value(size > 0 ? static_cast<std::size_t>(size) : 0);
  const ssize_t got = size > 0 ? ::getxattr(from_path.c_str(), name, value.data(), value.size()) : size;
  if (got < 0) {
    if (may_be_left_out(name, errno)) return {};
    return error_from_errno(errno, std::string("read attribute ") + name + " of", from_path);
  }
  if (::setxattr(to_path.c_str(), name, value.data(), static_cast<std::size_t>(got), 0) != 0 &&
      !may_be_left_out(name, errno)) {
    return error_from_errno(errno, std::string("set attribute ") + name + " of", to_path);
  }
  return {};
}

}  // namespace

Result<void> copy_file_attributes(const std::string& from_path, const std::string& to_path) {
  struct stat old {};
  if (::stat(from_path.c_str(), &old) != 0) return error_from_errno(errno, "examine", from_path);
  bool same_owner = true;
  if (::chown(to_path.c_str(), old.st_uid, old.st_gid) != 0) {
    if (!only_privilege_is_lacking(errno)) return error_from_errno(errno, "give away", to_path);
    same_owner = false;
    // A group one belongs to can be given without being privileged.
    if (::chown(to_path.c_str(), static_cast<uid_t>(-1), old.st_gid) != 0 &&
        !only_privilege_is_lacking(errno)) {
      return error_from_errno(errno, "give away", to_path);
    }
  }
  // The directory may have given the new file an access list; the mode would change its mask only.
  if (::removexattr(to_path.c_str(), kAccessList) != 0 && errno != ENODATA && errno != EOPNOTSUPP) {
    return error_from_errno(errno, "remove the access list of", to_path);
  }
  // What runs as its owner must not run as another one.
  if (::chmod(to_path.c_str(), old.st_mode & (same_owner ? kModeBits : kPermissionBits)) != 0) {
    return error_from_errno(errno, "change the mode of", to_path);
  }
  const Result<std::vector<char>> names = attribute_names(from_path);
  if (!names) return names.error();
  for (std::size_t at = 0; at < names->size(); at += std::string_view(names->data() + at).size() + 1) {
    if (Result<void> copied = copy_attribute(names->data() + at, from_path, to_path); !copied) return copied;
  }
  return {};
}

Result<unsigned> permission_bits(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return error_from_errno(errno, "examine", path);
  return static_cast<unsigned>(status.st_mode & kPermissionBits);
}

Result<void> make_private(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return error_from_errno(errno, "examine", path);
  if (!S_ISREG(status.st_mode) || (status.st_mode & kOthersBits) == 0) return {};
  // An access list has its mask where the group's bits are: without them nobody it names has any rights.
  if (::fchmod(fd.get(), status.st_mode & kModeBits & ~kOthersBits) != 0) {
    return error_from_errno(errno, "make private", path);
  }
  return {};
}

}  // namespace nonvol::storage
