#include "storage/file_system.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace nonvol::storage {

Result<std::unique_ptr<BlockFile>> open_write_waiting(FileSystem& files, const std::string& path,
                                                      unsigned wait_ms) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kShortest(1);
  constexpr std::chrono::milliseconds kLongest(50);
  const Clock::time_point end = Clock::now() + std::chrono::milliseconds(wait_ms);
  // Every process has another pace, or two that refuse each other would go on doing so.
  std::chrono::microseconds pause =
      kShortest + std::chrono::microseconds(Clock::now().time_since_epoch().count() % 997);
  while (true) {
    Result<std::unique_ptr<BlockFile>> file = files.open_write(path);
    const Clock::time_point now = Clock::now();
    if (file || file.error().id != ErrorId::kImageInUse || now >= end) return file;
    std::this_thread::sleep_for(std::min<Clock::duration>(pause, end - now));
    pause = std::min<std::chrono::microseconds>(pause * 2, kLongest);
  }
}

}  // namespace nonvol::storage
