#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "outcome/result.h"

namespace nonvol::storage {

// QEMU's image locks (its block/file-posix.c: raw_apply_lock_bytes, raw_check_lock_bytes). Whoever uses an
// image holds read locks on bytes of the file that need not exist: 100 + n for each permission n it uses, 200
// + n for each permission it does not share. They belong to the open file and go when the last descriptor of
// it is closed.

// Takes them on `fd` as one who reads, writes and resizes and lets others read only: two writers of nonvol
// exclude each other, and a QEMU or a tool of it that may write, or that minds that others do, excludes both
// ways. Does not wait. Where the file system has no such locks nothing is taken, as QEMU does.
// Errors: kImageInUse, which names the process where /proc tells it; kInputOutput.
Result<void> lock_image_as_writer(int fd, const std::string& path);

// Gives all of them back before the file is closed.
void unlock_image(int fd);

// Tries, and while the image is in use again, with short pauses. What it returns is a Result; kImageInUse
// after `wait_ms`.
template <class Attempt>
auto until_not_in_use(Attempt attempt, unsigned wait_ms) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kShortest(1);
  constexpr std::chrono::milliseconds kLongest(50);
  const Clock::time_point end = Clock::now() + std::chrono::milliseconds(wait_ms);
  // Every process has another pace, or two that refuse each other would go on doing so.
  std::chrono::microseconds pause =
      kShortest + std::chrono::microseconds(Clock::now().time_since_epoch().count() % 997);
  while (true) {
    auto result = attempt();
    const Clock::time_point now = Clock::now();
    if (result || result.error().id != ErrorId::kImageInUse || now >= end) return result;
    std::this_thread::sleep_for(std::min<Clock::duration>(pause, end - now));
    pause = std::min<std::chrono::microseconds>(pause * 2, kLongest);
  }
}

// The kImageInUse error of an image, which names who holds it where that can be told.
Error image_in_use_error(const std::string& path);

// Whether anybody holds any of them through another open file. Errors: kInputOutput.
Result<bool> image_is_locked(int fd, const std::string& path);

}  // namespace nonvol::storage
