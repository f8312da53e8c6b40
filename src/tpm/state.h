#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"

namespace nonvol::tpm {

enum class TpmVersion { k12, k20 };
std::string_view to_string(TpmVersion version);  // "1.2", "2.0"

// The three states of libtpms, with the numbers that the control protocol gives them (QEMU's
// backends/tpm/tpm_ioctl.h, PTM_BLOB_TYPE_*).
enum class StateKind : std::uint32_t {
  kPermanent = 1,  // what a TPM keeps for ever; rewritten as a whole with every change
  kVolatile = 2,   // the memory of a running TPM: for migration and suspension
  kSaveState = 3,  // TPM 1.2 only: what TPM_SaveState keeps over a suspension
};
inline constexpr StateKind kAllStates[] = {StateKind::kPermanent, StateKind::kVolatile,
                                           StateKind::kSaveState};

// libtpms' names (tpm_nvfilename.h), which entries of an NVRAM image have too: "permall", "volatilestate",
// "savestate".
std::string_view entry_name(StateKind kind);

// libtpms' state of one kind, without any framing of swtpm's.
using State = std::vector<std::uint8_t>;

// Where a TPM keeps its states. One thread.
class StateStore {
 public:
  virtual ~StateStore() = default;
  // Nothing: there is none. A failure to read, or a wrong key, is an error and never "none": libtpms would
  // make a new TPM.
  virtual Result<std::optional<State>> load(StateKind kind) = 0;
  // Durable when it returns.
  virtual Result<void> store(StateKind kind, octets::Bytes state) = 0;
  // None there is nothing to do.
  virtual Result<void> erase(StateKind kind) = 0;

  // Whether it has room for whatever a TPM of this version may store. Error: kTpmStateTooLarge.
  virtual Result<void> check_room(TpmVersion version [[maybe_unused]]) { return {}; }

  // A store that two processes use in turn, for a migration: whether it is this one's turn, and how to get
  // and end it. Before and after it is neither read nor written. A store of one process is always its own.
  virtual bool held() const { return true; }
  enum class Expect {
    kAnything,   // what is there now is what counts
    kUnchanged,  // the TPM goes on with what it had when it gave the store away
  };
  // Waits up to `wait_ms` for the other process. Errors, after which it is not this one's turn: kImageInUse;
  // kTpmStateChanged where the other has stored something; and those of opening.
  virtual Result<void> take(unsigned wait_ms [[maybe_unused]], Expect expect [[maybe_unused]]) { return {}; }
  virtual void give() {}
};

// What the front of a permanent state says.
struct PermanentFacts {
  TpmVersion version = TpmVersion::k20;
  unsigned format_version = 0;  // of libtpms' own format: grows with its releases
};
// Sources: libtpms src/tpm2/NVMarshal.c (PERSISTENT_ALL_Marshal), src/tpm12/tpm_permanent.c. Error:
// kTpmStateDamaged.
Result<PermanentFacts> read_permanent(octets::Bytes state);

}  // namespace nonvol::tpm
