#include "storage/posix_block_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "storage/posix.h"
#include "storage/system_call.h"

namespace nonvol::storage {
namespace {

class PosixBlockFile : public BlockFile {
 public:
  PosixBlockFile(UniqueFd fd, std::string path, std::uint64_t size_bytes)
      : fd_(std::move(fd)), path_(std::move(path)), size_bytes_(size_bytes) {}

  std::uint64_t size_bytes() const override { return size_bytes_; }

  Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t got = retry([&] {
        return ::pread(fd_.get(), into.data() + done, into.size() - done,
                       static_cast<off_t>(offset_bytes + done));
      });
      if (got < 0) return error_from_errno(errno, "read", path_);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes bytes) override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t put = retry([&] {
        return ::pwrite(fd_.get(), bytes.data() + done, bytes.size() - done,
                        static_cast<off_t>(offset_bytes + done));
      });
      if (put < 0) return error_from_errno(errno, "write", path_);
      // Says nothing about why; asking again could go on for ever.
      if (put == 0) {
        return Error(ErrorId::kInputOutput,
                     fmt::format("cannot write {}: it took {} of {} bytes", path_, done, bytes.size()))
            .at(Place::at_byte(path_, offset_bytes + done));
      }
      done += static_cast<std::size_t>(put);
    }
    std::uint64_t known_bytes = size_bytes_;
    while (known_bytes < offset_bytes + done &&
           !size_bytes_.compare_exchange_weak(known_bytes, offset_bytes + done)) {
    }
    return {};
  }

  // fdatasync leaves out times, which cost a second journal write; a changed size it does make durable.
  Result<void> flush() override {
    if (retry([&] { return ::fdatasync(fd_.get()); }) != 0) return error_from_errno(errno, "flush", path_);
    return {};
  }

  Result<void> resize(std::uint64_t size_bytes) override {
    if (retry([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size_bytes)); }) != 0) {
      return error_from_errno(errno, "resize", path_);
    }
    size_bytes_ = size_bytes;
    return {};
  }

 private:
  UniqueFd fd_;
  std::string path_;
  std::atomic<std::uint64_t> size_bytes_;
};

}  // namespace

Result<std::unique_ptr<BlockFile>> posix_block_file(UniqueFd fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return error_from_errno(errno, "examine", path);
  if (S_ISDIR(status.st_mode)) return error_from_errno(EISDIR, "open", path);
  std::uint64_t size_bytes = static_cast<std::uint64_t>(status.st_size);
  if (S_ISBLK(status.st_mode)) {
    const off_t end = ::lseek(fd.get(), 0, SEEK_END);
    if (end < 0) return error_from_errno(errno, "measure", path);
    size_bytes = static_cast<std::uint64_t>(end);
  }
  return std::make_unique<PosixBlockFile>(std::move(fd), path, size_bytes);
}

Result<UniqueFd> open_in_place(const std::string& path, struct stat& opened) {
  UniqueFd fd(retry([&] { return ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); }));
  if (!fd) return error_from_errno(errno, "open", path);
  if (::fstat(fd.get(), &opened) != 0) return error_from_errno(errno, "examine", path);
  if (!S_ISREG(opened.st_mode) && !S_ISBLK(opened.st_mode)) {
    return Error(ErrorId::kInputOutput, path + " is neither a file nor a block device")
        .at(Place::in_file(path));
  }
  return fd;
}

}  // namespace nonvol::storage
