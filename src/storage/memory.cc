#include "storage/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <shared_mutex>

namespace nonvol::storage {
namespace {

constexpr std::uint64_t kLargestBytes = std::uint64_t{1} << 30;

class MemoryFile : public BlockFile {
 public:
  explicit MemoryFile(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}

  std::uint64_t size_bytes() const override {
    const std::shared_lock lock(mutex_);
    return bytes_.size();
  }

  Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
    const std::shared_lock lock(mutex_);
    if (offset_bytes >= bytes_.size()) return 0;
    const std::size_t size_bytes = std::min<std::uint64_t>(into.size(), bytes_.size() - offset_bytes);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset_bytes), size_bytes, into.begin());
    return size_bytes;
  }

  Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes bytes) override {
    const std::unique_lock lock(mutex_);
    if (bytes.empty()) return {};
    if (offset_bytes > kLargestBytes || bytes.size() > kLargestBytes - offset_bytes) {
      return too_large(offset_bytes, bytes.size());
    }
    if (bytes_.size() < offset_bytes + bytes.size()) bytes_.resize(offset_bytes + bytes.size());
    std::ranges::copy(bytes, bytes_.begin() + static_cast<std::ptrdiff_t>(offset_bytes));
    return {};
  }

  Result<void> flush() override { return {}; }

  Result<void> resize(std::uint64_t size_bytes) override {
    const std::unique_lock lock(mutex_);
    if (size_bytes > kLargestBytes) return too_large(0, size_bytes);
    bytes_.resize(size_bytes);
    return {};
  }

 private:
  static Error too_large(std::uint64_t offset_bytes, std::uint64_t size_bytes) {
    return Error(ErrorId::kNoSpace,
                 fmt::format("{} bytes at offset {} do not fit into a file in memory, which "
                             "has at most {}",
                             size_bytes, offset_bytes, kLargestBytes));
  }

  mutable std::shared_mutex mutex_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace

std::unique_ptr<BlockFile> memory_file(std::vector<std::uint8_t> bytes) {
  return std::make_unique<MemoryFile>(std::move(bytes));
}

}  // namespace nonvol::storage
