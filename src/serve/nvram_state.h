#pragma once

#include <memory>
#include <optional>
#include <string>

#include "outcome/result.h"
#include "serve/tpm_counters.h"
#include "storage/medium.h"
#include "storage/turn_file.h"
#include "tpm/state.h"
#include "vnvram/image.h"

namespace nonvol::serve {

// What an NVRAM image needs for a TPM of this version: the most that its states can be. Sources: libtpms'
// tpm12/tpm_nvram_const.h for TPM 1.2; for TPM 2.0 NV_MEMORY_SIZE (176,832 bytes) with what libtpms adds when
// it writes it, and the 16-bit length of its volatile state.
std::uint64_t needed_bytes(tpm::TpmVersion version, tpm::StateKind kind);

// Whether the image's entries hold whatever a TPM of this version may store. Error: kTpmStateTooLarge.
Result<void> check_room(const vnvram::Image& image, tpm::TpmVersion version);

struct NvramStateRequest {
  storage::Medium medium;
  std::optional<seal::Key> key = std::nullopt;
  unsigned lock_wait_ms = 0;
  // The state will come from another host: the image is opened, and neither locked nor read.
  bool incoming = false;
};

// What an entry holds, as far as that was read or written. No state: it is empty.
struct KnownState {
  std::optional<tpm::State> state;
  std::optional<std::uint64_t> generation;
};

// A TPM's states as atomic entries of an NVRAM image: 'permall', 'volatilestate' and 'savestate'. An update
// is one write and one flush, and durable when store() returns; what is there already is not written again.
// One thread.
class NvramState : public tpm::StateStore {
 public:
  // Errors: kEntryMissing, kEntryOtherKind; kKeyNeeded, kWrongKey, kImageInUse and the others of opening an
  // image (vnvram/image.h); kContradiction for an incoming TPM in a container, which QEMU's storage daemon
  // locks as soon as it opens it.
  static Result<std::unique_ptr<NvramState>> open(storage::FileSystem& files, NvramStateRequest request);
  // Of an image that is open already, and stays locked by whoever opened it, who must outlive this.
  static Result<std::unique_ptr<NvramState>> of_file(storage::BlockFile& file, const std::string& file_name,
                                                     const seal::Key* key);
  ~NvramState() override;

  Result<std::optional<tpm::State>> load(tpm::StateKind kind) override;
  Result<void> store(tpm::StateKind kind, octets::Bytes state) override;
  Result<void> erase(tpm::StateKind kind) override;
  // Whatever there is, damage too, gives way; no state: the entry becomes empty. A permanent state fills both
  // slots, so that nothing is left of the one before, and a damaged slot never looks like one that was never
  // written.
  Result<void> replace(tpm::StateKind kind, const std::optional<tpm::State>& state);
  bool held() const override { return image_.has_value(); }
  Result<void> take(unsigned wait_ms, Expect expect) override;
  void give() override;

  // Only while held.
  Result<void> check_room(tpm::TpmVersion version) override { return serve::check_room(*image_, version); }
  // A container or an export that failed, and could not be opened again.
  bool lost() const { return contained_ != nullptr && !held(); }
  // How often the permanent state was stored; 0: never. Only while held. Errors: those of reading.
  Result<std::uint64_t> generation();
  bool encrypted() const { return encrypted_; }
  bool in_container() const { return !turn_.has_value(); }

  TpmCounters& counters() { return counters_; }
  // Into their entry, where the image has one. Failing to is no reason to stop.
  void write_counters();
  // What was stored since this was asked last.
  std::uint64_t take_stored_bytes() { return std::exchange(newly_stored_bytes_, 0); }

 private:
  explicit NvramState(NvramStateRequest request) : request_(std::move(request)) {}
  Result<void> open_image(std::unique_ptr<storage::BlockFile> file, const seal::Key* key);
  const seal::Key* key() const { return request_.key ? &*request_.key : nullptr; }
  Result<void> reopen();
  Result<std::optional<tpm::State>> read(tpm::StateKind kind);
  std::optional<KnownState>& known(tpm::StateKind kind) { return known_[static_cast<std::size_t>(kind) - 1]; }
  Result<std::size_t> entry(tpm::StateKind kind) const;
  void forget(tpm::StateKind kind);
  void forget_all();
  Result<void> write(tpm::StateKind kind, vnvram::Content content, octets::Bytes state,
                     bool over_damage = false);

  NvramStateRequest request_;
  std::optional<storage::TurnFile> turn_;          // of a plain file or device
  std::unique_ptr<storage::BlockFile> contained_;  // of a container or an export, which stays this one's
  std::optional<vnvram::Image> image_;             // while it is this one's turn
  std::optional<KnownState> known_[3];             // what is stored, as far as that was read or written
  std::optional<KnownState> given_;                // the permanent state when it was given away
  std::optional<Error> changed_;                   // somebody else stored a state; until the next load
  bool encrypted_ = false;
  std::uint64_t newly_stored_bytes_ = 0;
  TpmCounters counters_;
};

}  // namespace nonvol::serve
