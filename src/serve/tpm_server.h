#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "outcome/result.h"
#include "serve/nvram_state.h"
#include "tpm/emulator.h"

namespace nonvol::serve {

struct TpmServeRequest {
  NvramStateRequest state;
  std::string socket_path;       // the control channel; empty: none
  std::string data_socket_path;  // empty: data channels come over the control channel only, as QEMU's does
  std::optional<tpm::TpmVersion> version;  // none: that of the state, 2.0 of a new TPM
  std::optional<tpm::SwtpmKey> migration_key;
  tpm::Startup startup = tpm::Startup::kPoweredOn;  // of the data socket's clients
  std::uint64_t store_limit_bytes_per_second = 0;   // 0: no limit
  bool ends_with_client = false;  // when nobody is connected to the control channel any more
  bool makes_tpm = true;          // where the image holds none; otherwise that is an error
  bool sandbox = true;
  // What an operator should know while it runs, a line each.
  std::function<void(const std::string&)> log = [](const std::string&) {};
};

struct TpmServeReport {
  std::string image;
  tpm::TpmVersion version = tpm::TpmVersion::k20;
  std::uint64_t commands = 0;
  TpmCounters counters;  // of the image, after this run
  std::string ended_by;  // "SHUTDOWN", "SIGTERM", "SIGINT", "SIGHUP", "the client went"
};

// Runs a TPM emulator until QEMU (or another client) says SHUTDOWN or a signal comes: unix sockets for the
// owner alone, one thread for control and one for TPM commands, the image locked all the while but for
// migrations. A state that is there is shown to libtpms before anybody may connect. Tells systemd when it is
// ready, where NOTIFY_SOCKET says how. Errors: those of NvramState::open, Listener::open, Tpm::make and
// enter_sandbox; kTpmOtherVersion, kTpmStateDamaged, kTpmStateTooLarge, kNoTpmState.
Result<TpmServeReport> serve_tpm(storage::FileSystem& files, TpmServeRequest request);

}  // namespace nonvol::serve
