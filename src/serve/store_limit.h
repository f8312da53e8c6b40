#pragma once

#include <chrono>
#include <cstdint>

namespace nonvol::serve {

// How much a guest may store: a bucket of bytes that fills at a steady rate. A guest can make its TPM rewrite
// all of its state hundreds of times a second, and wears out the host's disk with it. Whoever has emptied the
// bucket waits before his answer comes. One thread.
class StoreLimit {
 public:
  using Clock = std::chrono::steady_clock;
  // A full bucket: what may be stored at once.
  static constexpr std::uint64_t kBucketSeconds = 8;
  // A disk writes no less.
  static constexpr std::uint64_t kLeastBytes = 4096;

  // 0: no limit.
  explicit StoreLimit(std::uint64_t bytes_per_second)
      : bytes_per_second_(bytes_per_second), left_bytes_(bucket_bytes()) {}

  std::uint64_t bytes_per_second() const { return bytes_per_second_; }

  void charge(std::uint64_t bytes) {
    left_bytes_ -= static_cast<double>(bytes < kLeastBytes ? kLeastBytes : bytes);
  }

  // How long to wait until nothing is owed.
  std::chrono::microseconds owed(Clock::time_point now) {
    if (bytes_per_second_ == 0) return {};
    const double rate = static_cast<double>(bytes_per_second_);
    const std::chrono::duration<double> passed = now - filled_;
    filled_ = now;
    left_bytes_ += passed.count() * rate;
    if (left_bytes_ > bucket_bytes()) left_bytes_ = bucket_bytes();
    if (left_bytes_ >= 0) return {};
    return std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::duration<double>(-left_bytes_ / rate));
  }

 private:
  double bucket_bytes() const { return static_cast<double>(bytes_per_second_ * kBucketSeconds); }

  std::uint64_t bytes_per_second_;
  double left_bytes_;
  Clock::time_point filled_ = Clock::now();
};

}  // namespace nonvol::serve
