#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "outcome/result.h"
#include "tpm/command_port.h"
#include "tpm/state.h"

namespace nonvol::tpm {

// What libtpms' functions return, and what the control protocol calls a result: 0 is success, 0x800 ("retry")
// means that there is nothing; the others are those of TPM 1.2 (libtpms' tpm_error.h).
using TpmResult = std::uint32_t;
inline constexpr TpmResult kTpmSuccess = 0;
inline constexpr TpmResult kTpmBadParameter = 3;
inline constexpr TpmResult kTpmFail = 9;
inline constexpr TpmResult kTpmBadOrdinal = 10;
inline constexpr TpmResult kTpmSize = 23;
inline constexpr TpmResult kTpmIoError = 31;
inline constexpr TpmResult kTpmBadLocality = 61;
inline constexpr TpmResult kTpmRetry = 0x800;

// The software TPM: libtpms, which has one for the whole process. Its states are loaded from the store when
// it is switched on, and stored whenever a command changes one, before that command returns. What cannot be
// loaded leaves it switched off; what cannot be stored puts it into failure mode, in which it answers every
// command with 0x101 (TPM 1.2: 9) until it is switched on again. One thread, but for cancel().
class Tpm : public CommandPort {
 public:
  // The store must outlive it. Errors: kLibraryMissing; kImpossible while the process has another.
  static Result<std::unique_ptr<Tpm>> make(TpmVersion version, StateStore& store);
  ~Tpm() override;
  Tpm(const Tpm&) = delete;
  Tpm& operator=(const Tpm&) = delete;

  TpmVersion version() const { return version_; }

  // Off and on again where it is on. A store without a permanent state gets a new TPM's. Errors:
  // kTpmStateDamaged, where libtpms does not take the state; and that of the store.
  Result<void> switch_on();
  void switch_off();
  bool is_on() const { return on_; }

  // Whether libtpms takes the permanent state that is stored, if there is one. Only while it is off. Errors:
  // kTpmStateDamaged, and that of the store.
  Result<void> validate();

  // The response is valid until the next call. Only while it is on.
  octets::Bytes process(octets::Bytes command);
  Result<Response> execute(octets::Bytes command) override;
  // Ends a long command (making a key) early, if one is running. Any thread.
  void cancel();
  // Of the commands that follow: 0 to 4.
  void set_locality(std::uint8_t locality) { locality_ = locality; }

  // Its states as they are, not as they were stored; empty: it has none of that kind. Only while it is on.
  TpmResult get_state(StateKind kind, State& state);
  // What switch_on() begins with, instead of what is stored; the permanent state is stored then. Only while
  // it is off, and the permanent state first.
  TpmResult set_state(StateKind kind, octets::Bytes state);
  // What set_state() brought is no more. Only while it is off.
  void forget_states();
  // Only while it is on.
  TpmResult store_volatile();

  struct BufferSizes {
    std::uint32_t now_bytes = 0;
    std::uint32_t least_bytes = 0;
    std::uint32_t most_bytes = 0;
  };
  // 0 asks. What is out of bounds becomes the bound.
  BufferSizes set_buffer_size(std::uint32_t wanted_bytes);

  TpmResult established(bool& established);
  TpmResult reset_established(std::uint8_t locality);
  TpmResult hash_start();
  TpmResult hash_data(octets::Bytes data);
  TpmResult hash_end();
  // libtpms' own description of itself, JSON; `flags` as its TPMLIB_GetInfo. Empty where it gives none.
  std::string info(std::uint64_t flags);

  // Why the store last failed; nothing since the last switch_on().
  const std::optional<Error>& store_error() const { return store_error_; }

 private:
  struct Callbacks;
  Error not_taken(TpmResult result) const;
  Tpm(TpmVersion version, StateStore& store) : version_(version), store_(store) {}

  TpmVersion version_;
  StateStore& store_;
  bool on_ = false;
  std::uint8_t locality_ = 0;
  unsigned char* response_ = nullptr;  // libtpms allocates it, and again where it grows
  std::uint32_t response_capacity_bytes_ = 0;
  std::optional<Error> store_error_;
};

// "0.9.2": of the libtpms that is installed. Error: kLibraryMissing.
Result<std::string> library_version();

}  // namespace nonvol::tpm
