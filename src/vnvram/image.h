#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outcome/result.h"
#include "seal/aead.h"
#include "storage/file_source.h"
#include "storage/patch.h"
#include "vnvram/buffer.h"
#include "vnvram/directory.h"
#include "vnvram/framing.h"
#include "vnvram/layout.h"
#include "vnvram/slot.h"

namespace nonvol::vnvram {

// A blob's bytes inside the memory they were read into.
struct Blob {
  Buffer memory;
  std::size_t offset_bytes = 0;
  std::size_t size_bytes = 0;
  std::uint64_t generation = 0;  // 0 of plain entries
  octets::Bytes bytes() const { return memory.bytes().subspan(offset_bytes, size_bytes); }
};

enum class BlobState {
  kPresent,
  kNeverWritten,
  kDeleted,
  kDamaged,     // no slot can be believed
  kRolledBack,  // the slots' generations do not follow each other
};
std::string_view to_string(
    BlobState state);  // "present", "never-written", "deleted", "damaged", "rolled-back"

// What the slots of an entry say. A plain entry is always present, with all its capacity and generation 0.
struct EntryState {
  BlobState state = BlobState::kPresent;
  std::uint64_t generation = 0;
  std::uint64_t used_bytes = 0;
  unsigned newest_slot = 0;              // 0 is A
  std::vector<std::string> damage = {};  // "slot B does not have the digest that its header says"
};

// One update of one entry, ready to be written: one write, one flush.
struct Update {
  std::size_t index = 0;
  storage::Patch patch;
  std::uint64_t generation = 0;
};

// A flag that threads may set and read; it moves while only one has it.
class Latch {
 public:
  Latch() = default;
  Latch(Latch&& other) noexcept : set_(other.is_set()) {}
  Latch& operator=(Latch&& other) noexcept {
    set_ = other.is_set();
    return *this;
  }
  bool is_set() const { return set_; }
  void set() { set_ = true; }

 private:
  std::atomic<bool> set_ = false;
};

// An open NVRAM image. One thread, but for entries that are each used by one thread at a time: prepare(),
// applied(), read() and state() of different entries do not touch each other's data.
class Image {
 public:
  // Reads the directory, no entries. With a user's key an encrypted image is unlocked. Errors: those of
  // ElementWalk and decode_directory, kNvramDirectory, kNvramDuplicateName, kWrongKey, kNotEncrypted,
  // kDirectorySeal, kLibraryMissing, and those of reading.
  static Result<Image> open(std::unique_ptr<storage::BlockFile> file, std::string file_name,
                            const seal::Key* user_key = nullptr);

  const std::string& file_name() const { return name_; }
  storage::BlockFile& file() { return *file_; }
  std::uint64_t size_bytes() const { return file_->size_bytes(); }
  bool seed_layout() const { return directory_capacity_bytes_ == 0; }
  // Of the seed layout only `entries` is filled.
  const Directory& directory() const { return directory_; }
  const std::vector<EntryInfo>& entries() const { return directory_.entries; }
  std::uint64_t directory_generation() const { return directory_generation_; }
  std::uint64_t directory_capacity_bytes() const { return directory_capacity_bytes_; }
  std::uint64_t directory_offset_bytes() const { return directory_offset_bytes_; }
  // Of the directory itself: a torn update, or rot.
  const std::vector<std::string>& directory_damage() const { return directory_damage_; }
  bool has_keys() const { return !directory_.key_slots.empty(); }
  bool unlocked() const { return data_key_.has_value(); }
  // Only while unlocked.
  const seal::Key& data_key() const { return *data_key_; }

  // Errors: kWrongKey, kNotEncrypted, kDirectorySeal, kLibraryMissing.
  Result<void> unlock(const seal::Key& user_key);

  // Error: kNoSuchEntry.
  Result<std::size_t> find(std::string_view entry_name) const;

  // Reads and verifies both slots. Needs no key.
  Result<EntryState> state(std::size_t index);

  // The newest content. Errors: kBlobAbsent, kBlobDamaged, kOlderGeneration, kKeyNeeded, kBlobNotAuthentic,
  // kNvramFraming, kNvramLength, kLibraryMissing, and those of reading.
  Result<Blob> read(std::size_t index);
  // The same of an atomic entry for which nothing was stored yet: an empty Blob instead of kBlobAbsent.
  Result<std::optional<Blob>> read_if_present(std::size_t index);

  // What writing `payload` means (Content::kAbsent: deleting; of plain entries: zeros). Reads the slots when
  // they are not known yet. The first one of an atomic entry flushes the file: what a killed process left may
  // not be durable, and the update overwrites what is. With `over_damage` what cannot be believed is given up
  // for the new content. Errors: kBlobTooLarge, kPlainSize, kKeyNeeded, kNvramFailed, kNvramLimit, and those
  // of read() but kBlobAbsent.
  Result<Update> prepare(std::size_t index, Content content, octets::Bytes payload, bool over_damage = false);
  // After the update's write and a flush behind it succeeded.
  void applied(const Update& update);
  // After a write or flush failed: nothing is believed any more, every later update is refused with
  // kNvramFailed until the image is opened again.
  void fail() { failed_.set(); }
  bool failed() const { return failed_.is_set(); }

  // Makes durable what is there, unless that is known: a killed process may have left what it did not flush.
  // The first update does it by itself; who takes content for durable because it was read does it before.
  Result<void> settle();

  // Writes the newest slot of an atomic entry once more where it is, and flushes: after a flush that failed
  // the system may show what never reached the disk, and would not write it again by itself. Errors: those of
  // read() but kBlobAbsent, and of writing.
  Result<void> renew(std::size_t index);

  // Write, flush, applied; or fail().
  Result<void> commit(const Update& update);
  // prepare and commit.
  Result<void> write(std::size_t index, octets::Bytes payload);
  Result<void> erase(std::size_t index);
  // For copies, into a fresh image: the content as `generation` (or 1), and as the one before it, so that
  // what was pinned elsewhere still holds. A plain entry is simply written.
  Result<void> restore(std::size_t index, Content content, octets::Bytes payload, std::uint64_t generation);

  // Adds an entry inside slack. `user_key` is needed for the first encrypted entry of an image. Errors:
  // kSeedLayoutFixed, kEntryExists, kBadEntryRequest, kNoSlackLeft, kDirectoryFull, kKeyNeeded, and those of
  // writing.
  Result<void> add(const EntryRequest& request, const seal::Key* user_key);

  // Exchanges the key that unlocks the image, in two updates of the directory. Errors: kNotEncrypted,
  // kKeyNeeded, and those of writing. False: the image had this key only already.
  Result<bool> rekey(const seal::Key& new_key);

 private:
  struct Slots {
    Buffer memory[2];
    std::span<std::uint8_t> bytes[2];  // as much of each slot as was read
    SlotFacts facts[2];
    Chosen chosen;
  };
  struct Known {
    std::uint64_t generation = 0;
  };

  Image(std::unique_ptr<storage::BlockFile> file, std::string file_name)
      : file_(std::move(file)), name_(std::move(file_name)) {}

  Result<void> load();
  Result<void> load_seed_entries(ElementWalk& walk, Element first);
  Result<void> load_directory(const Element& element, std::span<std::uint8_t> front);
  Result<Slots> load_directory_slots(std::span<std::uint8_t> front);
  Error directory_error(std::string message) const;
  Result<Slots> load_slots(const EntryInfo& entry, octets::Bytes identity, Integrity integrity, bool both);
  Result<Slots> read_both_slots(const EntryInfo& entry, octets::Bytes identity, Integrity integrity,
                                bool both);
  Result<Slots> read_needed_slots(const EntryInfo& entry, octets::Bytes identity, Integrity integrity,
                                  bool both);
  Result<void> check_framing(const EntryInfo& entry, octets::Bytes there, octets::Bytes expected) const;
  template <class Load>
  Result<void> believe(Slots& slots, const EntryInfo& entry, octets::Bytes identity, Integrity integrity,
                       bool both, Load load);
  Result<Blob> read_plain(const EntryInfo& entry);
  Error choice_error(const EntryInfo& entry, const Slots& slots) const;
  Result<void> authenticate(const EntryInfo& entry, Slots& slots, octets::Bytes identity) const;
  Error failed_before() const;
  Result<void> remember(std::size_t index, bool over_damage);
  Result<void> find_framing(std::size_t index);
  Result<void> flush();
  Result<std::uint64_t> next_directory_generation() const;
  Result<void> update_directory(Directory directory);
  Result<void> write_patches(const std::vector<storage::Patch>& patches);
  Result<Directory> stored_directory();
  Error directory_full(std::uint64_t needed_bytes) const;
  Result<std::uint64_t> find_room(const EntryRequest& request);
  Result<void> write_new_entry(const EntryInfo& entry, octets::Bytes first_slot);
  Result<void> make_data_key(Directory& directory, const seal::Key* user_key);
  std::vector<std::uint8_t> identity_of(const EntryInfo& entry) const;
  Error entry_error(ErrorId id, std::string message, const EntryInfo& entry) const;

  std::unique_ptr<storage::BlockFile> file_;
  std::string name_;
  Directory directory_;
  std::uint64_t directory_offset_bytes_ = 0;
  std::uint64_t directory_capacity_bytes_ = 0;
  std::uint64_t directory_generation_ = 0;
  std::vector<std::string> directory_damage_;
  std::optional<seal::Key> data_key_;
  std::size_t opened_key_slot_ = 0;
  std::vector<std::optional<Known>> known_;
  Latch failed_;
  Latch settled_;  // all that was read is durable
};

}  // namespace nonvol::vnvram
