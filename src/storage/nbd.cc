#include "storage/nbd.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <vector>

#include "storage/libnbd.h"

namespace nonvol::storage {
namespace {

using Clock = std::chrono::steady_clock;

// More at once makes nothing quicker, and some servers drop whoever asks for more than 32 MiB.
constexpr std::uint64_t kLargestRequestBytes = std::uint64_t{8} << 20;
constexpr std::chrono::milliseconds kFarewell(1000);

struct CloseHandle {
  void operator()(nbd_handle* handle) const { libnbd()->close(handle); }
};
using Handle = std::unique_ptr<nbd_handle, CloseHandle>;

ErrorId id_of(int error_number) {
  switch (error_number) {
    case ENOENT:
      return ErrorId::kFileMissing;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorId::kPermission;
    case ENOSPC:
      return ErrorId::kNoSpace;
    default:
      return ErrorId::kInputOutput;
  }
}

// Of the last call on this thread that failed.
Error error_of_library(std::string_view what, const std::string& name) {
  return Error(id_of(libnbd()->get_errno()),
               fmt::format("cannot {} {}: {}", what, name, libnbd()->get_error()))
      .at(Place::in_file(name));
}

Error error_about(ErrorId id, const std::string& name, std::string_view statement) {
  return Error(id, fmt::format("{} {}", name, statement)).at(Place::in_file(name));
}

// Lets libnbd work until `is_done` says so, for as long as the server is given. -1: failed, 0: too late, 1:
// done.
template <class Condition>
int work_until(nbd_handle* handle, std::chrono::milliseconds time, Condition is_done) {
  const Clock::time_point end = Clock::now() + time;
  while (true) {
    if (const int done = is_done(); done != 0) return done;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) return 0;
    if (libnbd()->poll(handle, static_cast<int>(left.count())) < 0) {
      // The reply may have come before the connection went.
      const int done = is_done();
      return done == 0 ? -1 : done;
    }
  }
}

bool is_gone(nbd_handle* handle) {
  return libnbd()->aio_is_closed(handle) > 0 || libnbd()->aio_is_dead(handle) > 0;
}

struct Geometry {
  std::uint64_t size_bytes;     // a multiple of block_bytes
  std::uint64_t block_bytes;    // requests are multiples of it
  std::uint64_t largest_bytes;  // of a request, a multiple of block_bytes
};

class NbdFile : public BlockFile {
 public:
  NbdFile(Handle handle, std::string name, Access access, std::chrono::milliseconds timeout,
          Geometry geometry)
      : handle_(std::move(handle)),
        name_(std::move(name)),
        access_(access),
        timeout_(timeout),
        geometry_(geometry) {}

  ~NbdFile() override {
    if (!handle_ || libnbd()->aio_disconnect(handle_.get(), 0) != 0) return;
    work_until(handle_.get(), std::min(timeout_, kFarewell),
               [this] { return is_gone(handle_.get()) ? 1 : 0; });
  }
  NbdFile(const NbdFile&) = delete;
  NbdFile& operator=(const NbdFile&) = delete;

  std::uint64_t size_bytes() const override { return geometry_.size_bytes; }
  bool exclusive() const override { return false; }

  Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
    if (offset_bytes >= geometry_.size_bytes || into.empty()) return 0;
    const std::size_t size = std::min<std::uint64_t>(into.size(), geometry_.size_bytes - offset_bytes);
    const std::scoped_lock lock(mutex_);
    if (is_whole(offset_bytes) && is_whole(size)) {
      if (Result<void> read = read_blocks(offset_bytes, into.first(size)); !read) return read.error();
      return size;
    }
    std::vector<std::uint8_t> blocks;
    if (Result<void> read = read_around(offset_bytes, size, blocks); !read) return read.error();
    std::copy_n(blocks.begin() + static_cast<std::ptrdiff_t>(offset_bytes % geometry_.block_bytes), size,
                into.begin());
    return size;
  }

  Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes bytes) override {
    if (access_ == Access::kReadOnly) {
      return error_about(ErrorId::kPermission, name_, "was opened for reading only");
    }
    if (offset_bytes > geometry_.size_bytes || bytes.size() > geometry_.size_bytes - offset_bytes) {
      return Error(ErrorId::kNoSpace, fmt::format("cannot write {} bytes at offset {} of {}, which has {}",
                                                  bytes.size(), offset_bytes, name_, geometry_.size_bytes))
          .at(Place::at_byte(name_, offset_bytes));
    }
    const std::scoped_lock lock(mutex_);
    if (is_whole(offset_bytes) && is_whole(bytes.size())) return write_blocks(offset_bytes, bytes);
    std::vector<std::uint8_t> blocks;
    if (Result<void> read = read_around(offset_bytes, bytes.size(), blocks); !read) return read;
    const std::uint64_t lead_bytes = offset_bytes % geometry_.block_bytes;
    std::ranges::copy(bytes, blocks.begin() + static_cast<std::ptrdiff_t>(lead_bytes));
    return write_blocks(offset_bytes - lead_bytes, blocks);
  }

  Result<void> flush() override {
    if (access_ == Access::kReadOnly) return {};
    const std::scoped_lock lock(mutex_);
    return request("flush", [&] { return libnbd()->aio_flush(handle_.get(), nbd_completion_callback{}, 0); });
  }

  Result<void> resize(std::uint64_t size_bytes) override {
    if (size_bytes == geometry_.size_bytes) return {};
    return Error(ErrorId::kInputOutput, fmt::format("cannot resize {}: the server says that it has {} bytes",
                                                    name_, geometry_.size_bytes))
        .at(Place::in_file(name_));
  }

 private:
  bool is_whole(std::uint64_t bytes) const { return bytes % geometry_.block_bytes == 0; }

  // All blocks that the range touches.
  Result<void> read_around(std::uint64_t offset_bytes, std::size_t size_bytes,
                           std::vector<std::uint8_t>& blocks) {
    const std::uint64_t block_bytes = geometry_.block_bytes;
    const std::uint64_t begin = offset_bytes / block_bytes * block_bytes;
    const std::uint64_t end = (offset_bytes + size_bytes + block_bytes - 1) / block_bytes * block_bytes;
    blocks.resize(end - begin);
    return read_blocks(begin, blocks);
  }

  Result<void> read_blocks(std::uint64_t offset_bytes, std::span<std::uint8_t> into) {
    for (std::uint64_t done = 0; done < into.size(); done += geometry_.largest_bytes) {
      const std::span<std::uint8_t> piece =
          into.subspan(done, std::min<std::uint64_t>(geometry_.largest_bytes, into.size() - done));
      const auto send = [&] {
        return libnbd()->aio_pread(handle_.get(), piece.data(), piece.size(), offset_bytes + done,
                                   nbd_completion_callback{}, 0);
      };
      if (Result<void> read = request("read", send); !read) return read;
    }
    return {};
  }

  Result<void> write_blocks(std::uint64_t offset_bytes, octets::Bytes bytes) {
    for (std::uint64_t done = 0; done < bytes.size(); done += geometry_.largest_bytes) {
      const octets::Bytes piece =
          bytes.subspan(done, std::min<std::uint64_t>(geometry_.largest_bytes, bytes.size() - done));
      const auto send = [&] {
        return libnbd()->aio_pwrite(handle_.get(), piece.data(), piece.size(), offset_bytes + done,
                                    nbd_completion_callback{}, 0);
      };
      if (Result<void> written = request("write", send); !written) return written;
    }
    return {};
  }

  // One request and its answer. Afterwards libnbd no longer knows the caller's memory.
  template <class Send>
  Result<void> request(std::string_view what, Send send) {
    if (!handle_) return error_about(ErrorId::kInputOutput, name_, "was lost before");
    const std::int64_t cookie = send();
    if (cookie < 0) return error_of_library(what, name_);
    const int done = work_until(handle_.get(), timeout_, [&] {
      return libnbd()->aio_command_completed(handle_.get(), static_cast<std::uint64_t>(cookie));
    });
    if (done > 0) return {};
    Error error = done < 0 ? error_of_library(what, name_) : too_late(what);
    // Without a connection, or with an answer that may still come, nothing more is asked of this server.
    if (done == 0 || is_gone(handle_.get())) handle_.reset();
    return error;
  }

  Error too_late(std::string_view what) const {
    return Error(ErrorId::kInputOutput, fmt::format("cannot {} {}: the server has not answered for {} ms",
                                                    what, name_, timeout_.count()))
        .at(Place::in_file(name_));
  }

  std::mutex mutex_;
  Handle handle_;  // none after the connection was lost
  const std::string name_;
  const Access access_;
  const std::chrono::milliseconds timeout_;
  const Geometry geometry_;
};

Result<Handle> connect(const std::string& uri, const std::string& name, std::chrono::milliseconds timeout) {
  Handle handle(libnbd()->create());
  if (!handle) return error_of_library("connect to", name);
  constexpr std::uint32_t kTransports = LIBNBD_ALLOW_TRANSPORT_TCP | LIBNBD_ALLOW_TRANSPORT_UNIX;
  if (libnbd()->set_uri_allow_transports(handle.get(), kTransports) != 0 ||
      libnbd()->set_uri_allow_tls(handle.get(), LIBNBD_TLS_DISABLE) != 0 ||
      libnbd()->aio_connect_uri(handle.get(), uri.c_str()) != 0) {
    return error_of_library("connect to", name);
  }
  const int done = work_until(handle.get(), timeout, [&] { return libnbd()->aio_is_ready(handle.get()); });
  if (done < 0) return error_of_library("connect to", name);
  if (done == 0) {
    return error_about(ErrorId::kInputOutput, name,
                       fmt::format("has not answered for {} ms", timeout.count()));
  }
  return handle;
}

Result<Geometry> geometry_of(nbd_handle* handle, const std::string& name) {
  const std::int64_t size = libnbd()->get_size(handle);
  if (size < 0) return error_of_library("measure", name);
  // 0 where the server does not say; libnbd lets only powers of two pass.
  const std::int64_t least = libnbd()->get_block_size(handle, LIBNBD_SIZE_MINIMUM);
  const std::int64_t most = libnbd()->get_block_size(handle, LIBNBD_SIZE_MAXIMUM);
  if (least < 0 || most < 0) return error_of_library("measure", name);
  Geometry result{};
  result.block_bytes = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(least));
  result.size_bytes = static_cast<std::uint64_t>(size) / result.block_bytes * result.block_bytes;
  result.largest_bytes =
      most == 0 ? kLargestRequestBytes
                : std::min<std::uint64_t>(kLargestRequestBytes, static_cast<std::uint64_t>(most));
  result.largest_bytes =
      std::max(result.largest_bytes / result.block_bytes, std::uint64_t{1}) * result.block_bytes;
  return result;
}

}  // namespace

Result<std::unique_ptr<BlockFile>> open_nbd(const std::string& uri, Access access,
                                            const NbdOptions& options) {
  if (!uri.starts_with("nbd://") && !uri.starts_with("nbd+unix://")) {
    return Error(ErrorId::kBadCommandLine,
                 fmt::format("'{}' is no address of an NBD server: nbd://HOST/EXPORT and "
                             "nbd+unix:///EXPORT?socket=PATH are",
                             uri));
  }
  if (libnbd() == nullptr) {
    return Error(ErrorId::kLibraryMissing,
                 fmt::format("{} could not be loaded or does not work", kLibnbdName))
        .with_hint("apt-get install libnbd0");
  }
  const std::string& name = options.name.empty() ? uri : options.name;
  const std::chrono::milliseconds timeout(std::min(options.timeout_ms, 1u << 30));
  Result<Handle> handle = connect(uri, name, timeout);
  if (!handle) return handle.error();
  const Result<Geometry> geometry = geometry_of(handle->get(), name);
  if (!geometry) return geometry.error();
  if (access == Access::kReadWrite) {
    if (libnbd()->is_read_only(handle->get()) != 0) {
      return error_about(ErrorId::kPermission, name, "can only be read: the server says so");
    }
    if (libnbd()->can_flush(handle->get()) <= 0) {
      return error_about(ErrorId::kNoFlush, name,
                         "cannot be made durable: the server does not offer to flush");
    }
  }
  return std::make_unique<NbdFile>(*std::move(handle), name, access, timeout, *geometry);
}

}  // namespace nonvol::storage
