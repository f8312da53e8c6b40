#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"
#include "seal/aead.h"
#include "storage/file_source.h"
#include "vnvram/keys.h"
#include "vnvram/layout.h"
#include "vnvram/visitor.h"

// A virtual machine's named blobs in one image, as devices use them (docs/formats/nvram-image.md; the
// functions are those of its table "The seed's functions"). The order of things:
//
//   Result<Nvram> nvram = Nvram::setup("web01.nvram");      opens the image and locks it
//   nvram->register_entry({"permall", 262144});             every device each of its entries
//   nvram->start();                                         reads the image and compares
//   nvram->write("permall", state);                         durable when it returns
//
// Sizes are in bytes. This interface is for programs that are compiled with nonvol; nonvol/nonvol.h is the
// one with a stable ABI.
namespace nonvol::vnvram {

// A device's entry: name, capacity_bytes (the most that it will ever write), kind, encrypted.
using Registration = EntryRequest;

struct SetupOptions {
  std::optional<seal::Key> key = std::nullopt;  // the user's; parse_key() makes one
  std::string luks_key_file = {};               // of a LUKS container around the image
  unsigned lock_wait_ms = 0;                    // how long to wait for another process that has it open
};

struct StartOptions {
  bool fail_if_encrypted_without_key = false;  // as the seed's fail_on_encrypted_drive
  bool fail_on_unregistered = false;           // entries of the image that nobody registered
};

struct WriteOptions {
  // A plain entry is written with exactly its capacity; a shorter text is refused, or filled up with this.
  std::optional<std::uint8_t> fill = std::nullopt;
  // Gives up what cannot be believed any more (kBlobDamaged, kOlderGeneration) for the new content.
  bool over_damage = false;
};

struct Contents {
  std::vector<std::uint8_t> bytes;
  std::uint64_t generation = 0;  // of an atomic entry: counts its updates. 0 of plain ones
};

struct EntryFacts {
  std::string name;
  EntryKind kind = EntryKind::kPlain;
  std::uint64_t capacity_bytes = 0;
  bool encrypted = false;
  bool registered = false;
};

// Whether a call comes back before what it asked for is done and its callback has run.
enum class Wait { kNo, kYes };

using ReadDone = std::function<void(Result<Contents>)>;
using WriteDone = std::function<void(Result<void>)>;

// An image in use by devices; there is one process that has it open for writing. Any thread may call anything
// at any time, but for setup, move and the end, which must be alone.
//
// One entry's operations are done one after the other. Updates of different entries go on at a time and share
// flushes: an update is one write, and then waits for a flush that begins after it. What a function has
// acknowledged is durable; what it has not is old or new.
//
// After a failed write or flush nothing is believed: whoever waited for that flush gets the error, and all
// later operations are refused with kNvramFailed, until the image is set up again.
//
// Errors of all but setup: kWrongOrder before start, and kNoSuchEntry for names that are not registered.
class Nvram {
 public:
  // Takes the file, or opens it: a path or NBD URI, under QEMU's image locks; of a qcow2 or LUKS file what is
  // inside it. The content is not looked at. Errors: those of storage; kImageInUse.
  static Result<Nvram> setup(std::unique_ptr<storage::BlockFile> file, std::string file_name,
                             SetupOptions options = {});
  static Result<Nvram> setup(const std::string& location, SetupOptions options = {});

  Nvram(Nvram&& other) noexcept;
  Nvram& operator=(Nvram&& other) noexcept;
  // Waits for every request that was queued, also by callbacks meanwhile. Not from a callback.
  ~Nvram();

  // Before start. Errors: kBadEntryRequest, kEntryExists, kWrongOrder.
  Result<void> register_entry(Registration registration);
  // At any time. What is queued for the entry is still done; its content stays in the image. Error:
  // kNoSuchEntry.
  Result<void> deregister_entry(std::string_view entry_name);

  // Opens the image, compares it with what is registered, and reads and verifies every registered entry.
  // Writes nothing. Errors: kRegistrationMismatch, with a note for each mismatch, after which it can be
  // called again; kKeyNeeded if the options ask for it; and those of opening an image (vnvram/image.h), after
  // which only a new setup helps: kNotAnNvram, kNvramEmpty, kWrongKey, kNotEncrypted ...
  Result<void> start(const StartOptions& options = {});

  // What start found, in the order of registration. Mismatches: kEntryMissing, kEntryTooSmall,
  // kEntryOtherKind (also: encrypted or not), kEntryUnregistered (a note unless the options say otherwise).
  // Of entries, which start all the same: kBlobDamaged, kOlderGeneration, kBlobNotAuthentic, kKeyNeeded, and
  // kSlotDamaged, a warning of a damaged slot beside a good one.
  std::vector<Finding> findings() const;
  // Slots that were damaged beside a good one when start looked: torn updates, or rot.
  unsigned damaged_slots() const;
  // All entries of the image after start; nothing before.
  std::vector<EntryFacts> entries() const;

  // Errors: kBlobAbsent (never written, or erased), kBlobDamaged, kOlderGeneration, kKeyNeeded,
  // kBlobNotAuthentic, kNvramFailed, and those of reading.
  Result<Contents> read(std::string_view entry_name);
  // Errors: kBlobTooLarge, kPlainSize, kBlobDamaged, kOlderGeneration, kKeyNeeded, kNvramFailed, and those of
  // reading and writing.
  Result<void> write(std::string_view entry_name, octets::Bytes bytes, const WriteOptions& options = {});
  // An atomic entry is absent afterwards, a plain one holds zeros. Errors: as write.
  Result<void> erase(std::string_view entry_name, const WriteOptions& options = {});

  // How many updates an atomic entry has seen; 0 of plain ones. Error: kBlobDamaged where that is not known.
  Result<std::uint64_t> generation(std::string_view entry_name);

  // The same with a device's fields instead of bytes (vnvram/visitor.h). In a plain entry they are followed
  // by zeros. Errors: kVisitorField, what `fields` returns, and those of write and read.
  Result<void> write_fields(std::string_view entry_name, const Fields& fields,
                            const WriteOptions& options = {});
  Result<void> read_fields(std::string_view entry_name, const Fields& fields);

  // Queued and done in order, by one thread that the first of these starts; updates of different entries that
  // follow each other share a flush. The callback, which may be empty, runs on that thread once, without
  // locks; it may call everything here but process_requests, Wait::kYes (kWrongOrder: it would wait for
  // itself) and the destructor, and must not throw. Returns kWrongOrder, kNoSuchEntry or kOutOfMemory (no
  // thread) without having queued anything; with Wait::kYes also the outcome that the callback was given.
  Result<void> read_async(std::string_view entry_name, ReadDone done, Wait wait = Wait::kNo);
  Result<void> write_async(std::string_view entry_name, std::vector<std::uint8_t> bytes, WriteDone done,
                           Wait wait = Wait::kNo, const WriteOptions& options = {});
  Result<void> erase_async(std::string_view entry_name, WriteDone done, Wait wait = Wait::kNo,
                           const WriteOptions& options = {});

  // Returns when all that was queued before is done and its callbacks have run. Error: kWrongOrder in a
  // callback.
  Result<void> process_requests();

  // A write or flush failed; see above.
  bool had_fatal_error() const;

 private:
  struct Parts;
  explicit Nvram(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

struct FormatOptions {
  LayoutRequest layout;
  Integrity integrity = Integrity::kCrc32c;
  const seal::Key* user_key = nullptr;  // needed if an entry is encrypted
  bool lose_contents = false;           // format what is not empty
  std::string luks_key_file = {};
  unsigned lock_wait_ms = 0;
};

enum class Formatted {
  kYes,
  kAlready,  // it is an image of these very entries, and was left alone
};

// How large an image of these entries is, before there is one. Errors: those of plan_layout.
Result<std::uint64_t> measure(const LayoutRequest& request);

// Makes an image with nothing in its entries. A missing file appears whole or not at all; an empty one, a
// device and an export are formatted in place. Errors: kNotEmpty, kWrongKey (kAlready, but not with this
// key), kImageTooSmall, kKeyNeeded, and those of plan_layout and of storage.
Result<Formatted> format(const std::string& location, const FormatOptions& options);
Result<Formatted> format(storage::BlockFile& file, const std::string& file_name,
                         const FormatOptions& options);

}  // namespace nonvol::vnvram
