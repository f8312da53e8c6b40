#include "vnvram/nvram_flush.h"

#include <new>

namespace nonvol::vnvram {

Result<void> FlushGroup::flush() {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = begun_count_ + 1;
  while (good_count_ < wanted) {
    if (failed_) return *error_;
    if (running_) {
      ++waiting_count_;
      ended_.wait(lock);
      --waiting_count_;
    } else {
      run(lock);
    }
  }
  return {};
}

void FlushGroup::run(std::unique_lock<std::mutex>& lock) {
  running_ = true;
  const std::uint64_t mine = ++begun_count_;
  lock.unlock();
  Result<void> done;
  // Others wait for this flush, whatever becomes of it. So short a message needs no memory.
  try {
    done = file_.flush();
  } catch (const std::bad_alloc&) {
    done = Error(ErrorId::kOutOfMemory, "out of memory");
  }
  lock.lock();
  running_ = false;
  if (done) {
    good_count_ = mine;
  } else if (!failed_) {
    error_ = done.error();
    failed_ = true;
  }
  ended_.notify_all();
}

void FlushGroup::fail(const Error& error) {
  const std::scoped_lock lock(mutex_);
  if (failed_) return;
  error_ = error;
  failed_ = true;
  ended_.notify_all();
}

}  // namespace nonvol::vnvram
