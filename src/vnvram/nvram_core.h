#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "nonvol/vnvram.h"
#include "vnvram/image.h"
#include "vnvram/nvram_flush.h"

// What Nvram does at once, in the thread that asks. nvram_queue.h is for what is done later.
namespace nonvol::vnvram {

// An entry that a device registered. Whoever uses its blob holds `mutex`, so that its next operation begins
// when the one before has ended; apply() holds several, taken in the order of the image.
struct Registered {
  Registration registration;
  std::mutex mutex;
  std::size_t index = 0;                    // in the image, after start
  std::optional<std::uint64_t> generation;  // nothing while damage hides it
};

struct Change {
  std::shared_ptr<Registered> entry;
  Content content = Content::kPresent;
  octets::Bytes payload;
  WriteOptions options;
};

// Many threads. Locks are taken in this order and never the other way round: registry_, those of entries,
// settling_, and the flush group's own, which is held for no operation on the file.
class NvramCore {
 public:
  NvramCore(std::unique_ptr<storage::BlockFile> file, std::string file_name, std::optional<seal::Key> key)
      : file_(std::move(file)), file_name_(std::move(file_name)), key_(std::move(key)) {}

  Result<void> add(Registration registration);
  Result<void> remove(std::string_view entry_name);
  Result<void> start(const StartOptions& options);
  std::vector<Finding> findings() const;
  unsigned damaged_slots() const;
  std::vector<EntryFacts> entries() const;

  // Errors: kWrongOrder, kNoSuchEntry.
  Result<std::shared_ptr<Registered>> find(std::string_view entry_name) const;
  Result<Contents> read(Registered& entry);
  Result<std::uint64_t> generation(Registered& entry);
  EntryKind kind(const Registered& entry) const { return image_->entries()[entry.index].kind; }
  // Updates of different entries: a write for each, one flush, a result for each.
  std::vector<Result<void>> apply(const std::vector<Change>& changes);

  bool had_fatal_error() const;
  // After start.
  const FlushGroup& flushes() const { return *flushes_; }

 private:
  enum class State { kSetUp, kStarted, kUnusable };

  std::vector<Registration> registrations() const;
  Result<void> open_image();
  Result<void> verify_registered();
  Result<Update> prepare(const Change& change);
  Result<Update> prepare_settled(const Change& change, octets::Bytes payload);
  // After start; before, there is nothing that could fail.
  bool failed() const { return flushes_->failed() || image_->failed(); }
  Error failed_before() const;

  mutable std::shared_mutex registry_;
  State state_ = State::kSetUp;
  std::unique_ptr<storage::BlockFile> file_;  // until the image has it
  std::string file_name_;
  std::optional<seal::Key> key_;
  std::vector<std::shared_ptr<Registered>> registered_;
  std::optional<Image> image_;
  std::optional<FlushGroup> flushes_;
  std::mutex settling_;
  std::atomic<bool> settled_ = false;
  std::vector<Finding> findings_;
  unsigned damaged_slots_ = 0;
};

}  // namespace nonvol::vnvram
