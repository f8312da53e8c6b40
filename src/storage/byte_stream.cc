#include "storage/byte_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "storage/posix.h"
#include "storage/system_call.h"
#include "storage/unique_fd.h"

namespace nonvol::storage {
namespace {

constexpr std::size_t kFirstBytes = std::size_t{64} << 10;

// A vector that grows by itself would leave the bytes behind in memory it gave back; they can be a key.
void grow(std::vector<std::uint8_t>& bytes, std::size_t size_bytes) {
  std::vector<std::uint8_t> larger(size_bytes);
  if (!bytes.empty()) {
    std::memcpy(larger.data(), bytes.data(), bytes.size());
    ::explicit_bzero(bytes.data(), bytes.size());
  }
  bytes = std::move(larger);
}

}  // namespace

Result<std::vector<std::uint8_t>> read_descriptor(int descriptor, std::uint64_t limit_bytes,
                                                  const std::string& name) {
  std::vector<std::uint8_t> bytes;
  std::size_t done = 0;
  while (done <= limit_bytes) {
    if (done == bytes.size()) {
      grow(bytes, std::min<std::uint64_t>(std::max(kFirstBytes, 2 * done), limit_bytes + 1));
    }
    const ssize_t got = retry([&] { return ::read(descriptor, bytes.data() + done, bytes.size() - done); });
    if (got < 0) return error_from_errno(errno, "read", name);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

Result<std::vector<std::uint8_t>> read_input(const std::string& path, std::uint64_t limit_bytes) {
  const UniqueFd fd(retry([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY); }));
  if (!fd) return error_from_errno(errno, "open", path);
  return read_descriptor(fd.get(), limit_bytes, path);
}

}  // namespace nonvol::storage
