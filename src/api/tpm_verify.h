#pragma once

#include <vector>

#include "tpm/memory_state.h"
#include "tpm/tpm.h"

// Whether libtpms takes the states of a TPM, each by itself. Private to api/.
namespace nonvol::api {

struct RefusedState {
  tpm::StateKind kind;
  Error error;  // names the state; kTpmStateDamaged
};

// Those that libtpms does not take; none: it takes all. Without the permanent state the others cannot be
// told. `states` stay as they are: a TPM that is switched on writes. Errors: those of tpm::Tpm::make.
Result<std::vector<RefusedState>> refused_states(tpm::TpmVersion version, const tpm::MemoryState& states);

}  // namespace nonvol::api
