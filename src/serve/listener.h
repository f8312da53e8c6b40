#pragma once

#include <sys/types.h>

#include <string>

#include "outcome/result.h"
#include "storage/unique_fd.h"

namespace nonvol::serve {

// A unix socket that waits for clients; the owner alone may connect. Its name goes with it, but
// inside a sandbox, which removes nothing: it stays there, and the next listener of that name replaces it.
class Listener {
 public:
  // Errors: kBadCommandLine (path too long), kAlreadyThere, kPermission, kInputOutput.
  static Result<Listener> open(const std::string& path);
  Listener(Listener&& other) noexcept
      : fd_(std::move(other.fd_)), path_(std::exchange(other.path_, {})), inode_(other.inode_) {}
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  int fd() const { return fd_.get(); }
  // A client that does not block; a negative descriptor where there is none after all.
  storage::UniqueFd accept() const;

 private:
  Listener(storage::UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  storage::UniqueFd fd_;
  std::string path_;
  ino_t inode_ = 0;  // so that another server's socket of the name is never removed
};

}  // namespace nonvol::serve
