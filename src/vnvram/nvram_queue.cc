#include "vnvram/nvram_queue.h"

#include <algorithm>
#include <new>
#include <system_error>

namespace nonvol::vnvram {
namespace {

// So short a message needs no memory.
Error out_of_memory() {
  return Error(ErrorId::kOutOfMemory, "out of memory");
}

}  // namespace

NvramQueue::~NvramQueue() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  arrived_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<std::uint64_t> NvramQueue::push(Request request) {
  std::uint64_t number = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (!thread_.joinable()) {
      try {
        thread_ = std::thread([this] { run(); });
      } catch (const std::system_error&) {
        return Error(ErrorId::kOutOfMemory, "no thread can be started for asynchronous requests");
      }
    }
    waiting_.push_back(std::move(request));
    number = ++pushed_count_;
  }
  arrived_.notify_one();
  return number;
}

void NvramQueue::wait(std::uint64_t number) {
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&] { return done_count_ >= number; });
}

std::uint64_t NvramQueue::last_number() const {
  const std::scoped_lock lock(mutex_);
  return pushed_count_;
}

bool NvramQueue::in_callback() const {
  const std::scoped_lock lock(mutex_);
  return thread_.get_id() == std::this_thread::get_id();
}

void NvramQueue::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    arrived_.wait(lock, [&] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    std::vector<Request> requests = take();
    lock.unlock();
    perform(requests);
    const std::size_t count = requests.size();
    // What callbacks hold on to goes before anybody is told that they are done.
    requests.clear();
    lock.lock();
    done_count_ += count;
    done_.notify_all();
  }
}

// The next read; or the next updates as long as they are of different entries, so that one flush is enough
// for them and the order of each entry's updates stays.
std::vector<Request> NvramQueue::take() {
  std::vector<Request> requests;
  std::vector<const Registered*> entries;
  while (!waiting_.empty()) {
    const ChangeRequest* change = std::get_if<ChangeRequest>(&waiting_.front());
    if (change == nullptr && !requests.empty()) break;
    if (change != nullptr) {
      if (std::ranges::find(entries, change->entry.get()) != entries.end()) break;
      entries.push_back(change->entry.get());
    }
    requests.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    if (entries.empty()) break;
  }
  return requests;
}

void NvramQueue::perform(std::vector<Request>& requests) {
  if (auto* request = std::get_if<ReadRequest>(&requests.front())) {
    read(*request);
  } else {
    change(requests);
  }
}

void NvramQueue::read(ReadRequest& request) {
  Result<Contents> contents = out_of_memory();
  try {
    contents = core_.read(*request.entry);
  } catch (const std::bad_alloc&) {
  }
  if (request.done) request.done(std::move(contents));
}

void NvramQueue::change(std::vector<Request>& requests) {
  std::vector<Result<void>> results;
  try {
    std::vector<Change> changes;
    for (Request& request : requests) {
      const auto& change = std::get<ChangeRequest>(request);
      changes.push_back({change.entry, change.content, change.payload, change.options});
    }
    results = core_.apply(changes);
  } catch (const std::bad_alloc&) {
    results.clear();
  }
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const WriteDone& done = std::get<ChangeRequest>(requests[i]).done;
    if (done) done(i < results.size() ? std::move(results[i]) : out_of_memory());
  }
}

}  // namespace nonvol::vnvram
