#include "storage/posix.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "storage/file_attributes.h"
#include "storage/image_lock.h"
#include "storage/posix_block_file.h"
#include "storage/system_call.h"
#include "storage/unique_fd.h"

namespace nonvol::storage {
namespace {

// O_NONBLOCK: opening a FIFO that someone put among descriptors must not hang.
constexpr int kReadFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

FileKind kind_of(unsigned char type) {
  switch (type) {
    case DT_REG:
      return FileKind::kRegular;
    case DT_DIR:
      return FileKind::kDirectory;
    case DT_LNK:
      return FileKind::kLink;
    case DT_UNKNOWN:
      return FileKind::kUnknown;
    default:
      return FileKind::kOther;
  }
}

FileKind kind_of_mode(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::kRegular;
  if (S_ISDIR(mode)) return FileKind::kDirectory;
  return FileKind::kOther;
}

// Opens beneath a root directory, or plainly where there is none.
int open_path(int root_fd, const std::string& path, int flags) {
  if (root_fd < 0) return retry([&] { return ::open(path.c_str(), flags); });
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_IN_ROOT;
  return static_cast<int>(
      retry([&] { return ::syscall(SYS_openat2, root_fd, path.c_str(), &how, sizeof how); }));
}

struct CloseDirectory {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

class PosixDirectory : public Directory {
 public:
  // `root_fd` < 0: files are opened relative to `fd`. Otherwise by their path beneath the root, because an
  // absolute link in the directory must lead into that root.
  PosixDirectory(UniqueFd fd, int root_fd, std::string path)
      : fd_(std::move(fd)), root_fd_(root_fd), path_(std::move(path)) {}

  Result<std::vector<DirectoryEntry>> entries() override {
    // Closed also where there is no memory for the names: a program that uses the library goes on after that.
    const std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 3)));
    if (stream == nullptr) return error_from_errno(errno, "list", path_);
    std::vector<DirectoryEntry> result;
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") result.push_back({std::string(name), kind_of(entry->d_type)});
    }
    if (errno != 0) return error_from_errno(errno, "list", path_);
    return result;
  }

  Result<void> read(const std::string& name, std::uint64_t limit_bytes, TextBuffer& buffer) override {
    const UniqueFd file(root_fd_ < 0 ? retry([&] { return ::openat(fd_.get(), name.c_str(), kReadFlags); })
                                     : open_path(root_fd_, path_ + "/" + name, kReadFlags));
    if (!file) return error_from_errno(errno, "open", path_ + "/" + name);
    buffer.size_bytes = 0;
    if (buffer.memory.empty()) buffer.memory.resize(std::size_t{16} << 10);
    while (buffer.size_bytes <= limit_bytes) {
      const std::size_t room = buffer.memory.size() - buffer.size_bytes;
      const ssize_t got =
          retry([&] { return ::read(file.get(), buffer.memory.data() + buffer.size_bytes, room); });
      if (got < 0) return error_from_errno(errno, "read", path_ + "/" + name);
      buffer.size_bytes += static_cast<std::size_t>(got);
      // A regular file gives less than was asked only at its end; that saves the read that would return 0.
      if (static_cast<std::size_t>(got) < room) return {};
      buffer.memory.resize(buffer.memory.size() * 2);
    }
    return {};
  }

 private:
  UniqueFd fd_;
  int root_fd_;
  std::string path_;
};

// What the machine's files and another root's have in common; `root_fd` < 0 means the machine's own.
Result<std::unique_ptr<Directory>> open_directory_at(int root_fd, const std::string& path) {
  UniqueFd fd(open_path(root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return error_from_errno(errno, "open directory", path);
  return std::make_unique<PosixDirectory>(std::move(fd), root_fd, path);
}

Result<std::unique_ptr<BlockFile>> open_read_at(int root_fd, const std::string& path) {
  UniqueFd fd(open_path(root_fd, path, kReadFlags));
  if (!fd) return error_from_errno(errno, "open", path);
  return posix_block_file(std::move(fd), path);
}

Result<FileStatus> status_at(int root_fd, const std::string& path) {
  struct stat status {};
  if (root_fd < 0) {
    if (::stat(path.c_str(), &status) != 0) return error_from_errno(errno, "examine", path);
  } else {
    const UniqueFd fd(open_path(root_fd, path, O_PATH | O_CLOEXEC));
    if (!fd || ::fstat(fd.get(), &status) != 0) return error_from_errno(errno, "examine", path);
  }
  return FileStatus{kind_of_mode(status.st_mode), static_cast<std::uint64_t>(status.st_size), status.st_dev,
                    status.st_ino};
}

Result<std::string> read_link_at(int root_fd, const std::string& path) {
  std::string text(4096, '\0');
  ssize_t size = -1;
  if (root_fd < 0) {
    size = ::readlink(path.c_str(), text.data(), text.size());
  } else {
    const UniqueFd fd(open_path(root_fd, path, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    size = fd ? ::readlinkat(fd.get(), "", text.data(), text.size()) : -1;
  }
  if (size < 0) return error_from_errno(errno, "read link", path);
  text.resize(static_cast<std::size_t>(size));
  return text;
}

class RootedSource : public FileSource {
 public:
  explicit RootedSource(UniqueFd root) : root_(std::move(root)) {}
  Result<std::unique_ptr<Directory>> open_directory(const std::string& path) override {
    return open_directory_at(root_.get(), path);
  }
  Result<std::unique_ptr<BlockFile>> open_read(const std::string& path) override {
    return open_read_at(root_.get(), path);
  }
  Result<FileStatus> status(const std::string& path) override { return status_at(root_.get(), path); }
  Result<std::string> read_link(const std::string& path) override { return read_link_at(root_.get(), path); }

 private:
  UniqueFd root_;
};

class PosixLock : public Lock {
 public:
  explicit PosixLock(UniqueFd fd) : fd_(std::move(fd)) {}

 private:
  UniqueFd fd_;
};

class PosixFileSystem : public FileSystem {
 public:
  Result<std::unique_ptr<Directory>> open_directory(const std::string& path) override {
    return open_directory_at(-1, path);
  }
  Result<std::unique_ptr<BlockFile>> open_read(const std::string& path) override {
    return open_read_at(-1, path);
  }
  Result<FileStatus> status(const std::string& path) override { return status_at(-1, path); }
  Result<std::string> read_link(const std::string& path) override { return read_link_at(-1, path); }

  Result<std::unique_ptr<BlockFile>> create_new(const std::string& path) override {
    return create(path, 0600);
  }
  Result<std::unique_ptr<BlockFile>> create_new_read_only(const std::string& path) override {
    return create(path, 0400);
  }

  // Whoever replaced the name between open and lock had the old file locked; what was opened is nobody's
  // then.
  Result<std::unique_ptr<BlockFile>> open_write(const std::string& path) override {
    constexpr int kTries = 10;
    for (int tries = kTries; tries > 0; --tries) {
      struct stat opened {};
      Result<UniqueFd> fd = open_in_place(path, opened);
      if (!fd) return fd.error();
      if (Result<void> locked = lock_image_as_writer(fd->get(), path); !locked) return locked.error();
      struct stat named {};
      if (::stat(path.c_str(), &named) != 0) return error_from_errno(errno, "examine", path);
      if (named.st_dev == opened.st_dev && named.st_ino == opened.st_ino) {
        return posix_block_file(*std::move(fd), path);
      }
    }
    return Error(ErrorId::kImageInUse, path + " is replaced by another file again and again")
        .at(Place::in_file(path));
  }

  Result<void> make_directory(const std::string& path) override {
    if (::mkdir(path.c_str(), 0700) != 0) return error_from_errno(errno, "create directory", path);
    return {};
  }

  Result<void> sync_directory(const std::string& path) override {
    const UniqueFd fd(open_path(-1, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0) return error_from_errno(errno, "flush directory", path);
    return {};
  }

  Result<void> rename_new(const std::string& from, const std::string& to) override {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
      return error_from_errno(errno, "rename to", to);
    }
    return {};
  }

  Result<void> rename_replace(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return error_from_errno(errno, "rename to", to);
    return {};
  }

  Result<void> copy_owner_and_mode(const std::string& from_path, const std::string& to_path) override {
    return copy_file_attributes(from_path, to_path);
  }

  Result<void> remove_file(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return error_from_errno(errno, "remove", path);
    return {};
  }

  Result<void> remove_directory(const std::string& path) override {
    if (::rmdir(path.c_str()) != 0) return error_from_errno(errno, "remove directory", path);
    return {};
  }

  Result<std::unique_ptr<Lock>> lock(const std::string& path) override {
    UniqueFd fd(retry([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600); }));
    if (!fd || retry([&] { return ::flock(fd.get(), LOCK_EX); }) != 0) {
      return error_from_errno(errno, "lock", path);
    }
    return std::make_unique<PosixLock>(std::move(fd));
  }

  Result<bool> image_in_use(const std::string& path) override {
    const UniqueFd fd(open_path(-1, path, kReadFlags));
    if (!fd) return error_from_errno(errno, "open", path);
    return image_is_locked(fd.get(), path);
  }

 private:
  static Result<std::unique_ptr<BlockFile>> create(const std::string& path, mode_t mode) {
    UniqueFd fd(retry([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode); }));
    if (!fd) return error_from_errno(errno, "create", path);
    return posix_block_file(std::move(fd), path);
  }
};

}  // namespace

std::unique_ptr<FileSystem> posix_file_system() {
  return std::make_unique<PosixFileSystem>();
}

Result<std::unique_ptr<FileSource>> posix_rooted_source(const std::string& root) {
  UniqueFd fd(open_path(-1, root, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return error_from_errno(errno, "open root", root);
  return std::make_unique<RootedSource>(std::move(fd));
}

Result<std::string> host_path_in_root(const std::string& root, const std::string& path) {
  const UniqueFd top(open_path(-1, root, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!top) return error_from_errno(errno, "open root", root);
  const UniqueFd file(open_path(top.get(), path, O_PATH | O_CLOEXEC));
  if (!file) return error_from_errno(errno, "find", path);
  return read_link_at(-1, fmt::format("/proc/self/fd/{}", file.get()));
}

Error error_from_errno(int error_number, const std::string& what, const std::string& path) {
  ErrorId id = ErrorId::kInputOutput;
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      id = ErrorId::kFileMissing;
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      id = ErrorId::kPermission;
      break;
    case ENOSPC:
    case EDQUOT:
      id = ErrorId::kNoSpace;
      break;
    case EEXIST:
    case ENOTEMPTY:
      id = ErrorId::kAlreadyThere;
      break;
    default:
      break;
  }
  return Error(id, fmt::format("cannot {} {}: {}", what, path, std::strerror(error_number)))
      .at(Place::in_file(path));
}

std::string absolute_path(const std::string& path) {
  std::error_code ignored;
  const std::filesystem::path result = std::filesystem::absolute(path, ignored);
  if (result.empty()) return path;
  const bool climbs = std::ranges::find(result, std::filesystem::path("..")) != result.end();
  return climbs ? result.string() : result.lexically_normal().string();
}

}  // namespace nonvol::storage
