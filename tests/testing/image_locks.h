#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace nonvol::testing {

// Bytes of QEMU's image locks: permissions in use, and those not shared with others.
inline constexpr off_t kReadsImage = 100;
inline constexpr off_t kWritesImage = 101;
inline constexpr off_t kMindsOthersWriting = 201;

// Whether another open file holds a lock there. QEMU takes its locks one after the other: a test waits for
// the one that it is about, and takes none itself meanwhile.
inline bool image_lock_is_held(const std::string& path, off_t byte) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct flock query {};
  query.l_type = F_WRLCK;
  query.l_whence = SEEK_SET;
  query.l_start = byte;
  query.l_len = 1;
  const bool asked = fd >= 0 && ::fcntl(fd, F_OFD_GETLK, &query) == 0;
  ::close(fd);
  return asked && query.l_type != F_UNLCK;
}

}  // namespace nonvol::testing
