#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

#include "nonvol/vnvram.h"
#include "vnvram/nvram_core.h"

// What Nvram does later: requests, done in order by one thread of its own.
namespace nonvol::vnvram {

struct ReadRequest {
  std::shared_ptr<Registered> entry;
  ReadDone done;
};
struct ChangeRequest {
  std::shared_ptr<Registered> entry;
  Content content = Content::kPresent;
  std::vector<std::uint8_t> payload;
  WriteOptions options;
  WriteDone done;
};
using Request = std::variant<ReadRequest, ChangeRequest>;

// Many threads. The end, which must be alone, waits for all that is queued.
class NvramQueue {
 public:
  explicit NvramQueue(NvramCore& core) : core_(core) {}
  ~NvramQueue();

  // Returns a number for wait(). Error: kOutOfMemory where no thread can be started.
  Result<std::uint64_t> push(Request request);
  // Returns when the request of that number, and all before it, are done and their callbacks have run.
  void wait(std::uint64_t number);
  // Of the last request that was pushed.
  std::uint64_t last_number() const;
  // Whether this is the thread that does the requests: it cannot wait for itself.
  bool in_callback() const;

 private:
  void run();
  std::vector<Request> take();
  void perform(std::vector<Request>& requests);
  void change(std::vector<Request>& requests);
  void read(ReadRequest& request);

  NvramCore& core_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable done_;
  std::deque<Request> waiting_;
  std::uint64_t pushed_count_ = 0;
  std::uint64_t done_count_ = 0;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace nonvol::vnvram
