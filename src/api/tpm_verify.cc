#include "api/tpm_verify.h"

#include <fmt/format.h>

#include "seal/aead.h"

namespace nonvol::api {
namespace {

using tpm::State;
using tpm::StateKind;

RefusedState refused(StateKind kind, Error why) {
  why.message = fmt::format("'{}': {}", tpm::entry_name(kind), why.message);
  return {kind, std::move(why)};
}

// libtpms reads the save state with TPM_Startup only; as a state that is handed over it looks at it at once.
Result<void> take_save_state(tpm::Tpm& tpm, octets::Bytes state) {
  const tpm::TpmResult result = tpm.set_state(StateKind::kSaveState, state);
  if (result == tpm::kTpmSuccess) return {};
  return Error(ErrorId::kTpmStateDamaged,
               fmt::format("libtpms does not take the state of this TPM {} (result {:#x})",
                           tpm::to_string(tpm.version()), result));
}

// With the permanent state, which libtpms takes, and this one.
Result<void> take(tpm::TpmVersion version, const tpm::MemoryState& states, StateKind kind) {
  tpm::MemoryState copy = states;
  for (const StateKind other : {StateKind::kVolatile, StateKind::kSaveState}) {
    if (other != kind || kind == StateKind::kSaveState) static_cast<void>(copy.erase(other));
  }
  Result<std::unique_ptr<tpm::Tpm>> tpm = tpm::Tpm::make(version, copy);
  if (!tpm) return tpm.error();
  if (kind != StateKind::kSaveState) return (*tpm)->switch_on();
  tpm::MemoryState original = states;
  Result<std::optional<State>> state = original.load(kind);
  Result<void> taken = take_save_state(**tpm, **state);
  seal::wipe(**state);
  return taken;
}

}  // namespace

Result<std::vector<RefusedState>> refused_states(tpm::TpmVersion version, const tpm::MemoryState& states) {
  std::vector<RefusedState> result;
  for (const StateKind kind : tpm::kAllStates) {
    tpm::MemoryState present = states;
    if (!present.load(kind)->has_value()) continue;
    Result<void> taken = take(version, states, kind);
    if (taken) continue;
    if (taken.error().id != ErrorId::kTpmStateDamaged) return taken.error();
    result.push_back(refused(kind, taken.error()));
    if (kind == StateKind::kPermanent) break;
  }
  return result;
}

}  // namespace nonvol::api
