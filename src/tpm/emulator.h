#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "outcome/result.h"
#include "tpm/control.h"
#include "tpm/swtpm_blob.h"
#include "tpm/tpm.h"

namespace nonvol::tpm {

// Whether clients may talk to the TPM before anybody sent INIT, and what it is told then.
enum class Startup {
  kNone,       // they get an error, as from a computer without power
  kPoweredOn,  // it is switched on for them; TPM2_Startup (TPM_Startup) is theirs to send
  kClear,      // and Startup(CLEAR) was sent
};

// Who asks. Somebody who looks while a guest runs does not change whose turn it is, nor what is known of the
// guest.
enum class Asker { kGuest, kOther };

struct EmulatorSettings {
  TpmVersion version = TpmVersion::k20;
  // Blobs go out encrypted with it, and come in with it.
  std::optional<SwtpmKey> migration_key = std::nullopt;
  bool store_encrypted = false;  // for GET_CONFIG only
  bool makes_tpm = true;         // where neither the store nor a migration has one; otherwise INIT fails
  // Told of what an operator should know: what went wrong with the store.
  std::function<void(const Error&)> report = [](const Error&) {};
};

// A TPM emulator without its sockets: what QEMU and other clients ask on the control channel, and TPM
// commands from the data channel. One thread may be in command() while another is in control(): they wait for
// each other, but CANCEL_TPM_CMD waits for nobody.
class Emulator {
 public:
  // The store must outlive it; see tpm/tpm.h. Errors: those of Tpm::make.
  static Result<std::unique_ptr<Emulator>> make(EmulatorSettings settings, StateStore& store);

  // As Tpm::validate: before anybody connects.
  Result<void> validate() { return tpm_->validate(); }

  // SET_DATAFD is the caller's, for its descriptor, and CANCEL_TPM_CMD goes to cancel().
  ControlReply control(const ControlRequest& request, Asker asker = Asker::kGuest);

  // A whole TPM command. The response is valid until the next call.
  octets::Bytes command(octets::Bytes command, Startup startup, Asker asker = Asker::kGuest);

  // The client that ran the guest, or brought its state, has gone. What it brought and did not use would
  // become the next guest's TPM, and the host that the state came from may want it back: a TPM that no guest
  // has used yet is switched off and its store given away.
  void client_gone();

  // Ends the command that another thread is carrying out, if it is one that takes long. Any thread.
  void cancel() { tpm_->cancel(); }

  // When the process ends on its own: what SHUTDOWN does.
  void end() { stop(); }

  // SHUTDOWN was asked for.
  bool wants_end() const { return wants_end_; }

 private:
  Emulator(EmulatorSettings settings, StateStore& store, std::unique_ptr<Tpm> tpm)
      : settings_(std::move(settings)), store_(store), tpm_(std::move(tpm)) {}

  ControlReply control_of_state(const ControlRequest& request, Asker asker);
  ControlReply control_of_running(const ControlRequest& request, Asker asker);
  TpmResult init(std::uint64_t flags);
  void stop();
  Result<void> check_there();
  void shut_down_for_guest(bool reset);
  TpmResult saved_state(State& state);
  ControlReply get_state_blob(const ControlRequest& request, Asker asker);
  TpmResult set_state_blob(const ControlRequest& request);
  TpmResult lock_storage(std::uint32_t retries);
  bool ready_for_command(Startup startup, Asker asker);
  octets::Bytes failure_response();
  void note_store_error();
  TpmResult reported(const Error& error);
  TpmResult reported_once(const Error& error);

  EmulatorSettings settings_;
  StateStore& store_;
  std::unique_ptr<Tpm> tpm_;
  std::vector<std::uint8_t> failure_;
  std::uint32_t last_command_ = 0;  // its code; 0: none since INIT
  bool store_error_told_ = false;
  bool resumed_ = false;          // INIT began with blobs, and no command came since
  bool blobs_came_ = false;       // since INIT
  bool from_elsewhere_ = false;   // the store was taken for blobs
  std::uint32_t blobs_told_ = 0;  // which states were asked for since the last command: a bit for each
  bool wants_end_ = false;
};

}  // namespace nonvol::tpm
