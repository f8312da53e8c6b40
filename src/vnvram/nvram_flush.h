#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

#include "outcome/result.h"
#include "storage/file_source.h"

namespace nonvol::vnvram {

// Lets threads that wrote to one file share flushes. A flush speaks for every write that had returned before
// it began; so who comes while one is running waits for the next, and one of those who wait runs it for all.
// Alone, a thread runs its own at once. Many threads.
class FlushGroup {
 public:
  explicit FlushGroup(storage::BlockFile& file) : file_(file) {}

  // Call it after the write has returned. Returns when a flush that began after this call has ended. Error:
  // that of the flush, or what fail() was told while this waited.
  Result<void> flush();

  // A write failed: those who wait for a flush that has not begun get this error, and there will be none.
  void fail(const Error& error);

  // A write or a flush failed. Never goes back.
  bool failed() const { return failed_; }

  // How many threads wait for a flush that another one runs or will run.
  unsigned waiting_count() const { return waiting_count_; }

 private:
  void run(std::unique_lock<std::mutex>& lock);

  storage::BlockFile& file_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::uint64_t begun_count_ = 0;
  std::uint64_t good_count_ = 0;  // flushes up to this one have ended well
  bool running_ = false;
  std::atomic<unsigned> waiting_count_ = 0;
  std::atomic<bool> failed_ = false;
  std::optional<Error> error_;
};

}  // namespace nonvol::vnvram
