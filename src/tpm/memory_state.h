#pragma once

#include <map>

#include "tpm/state.h"

namespace nonvol::tpm {

// States in memory: to look at a TPM without changing it, and to make one before it is stored.
class MemoryState : public StateStore {
 public:
  Result<std::optional<State>> load(StateKind kind) override {
    const auto found = states_.find(kind);
    return found == states_.end() ? std::optional<State>() : found->second;
  }
  Result<void> store(StateKind kind, octets::Bytes state) override {
    states_[kind].assign(state.begin(), state.end());
    return {};
  }
  Result<void> erase(StateKind kind) override {
    states_.erase(kind);
    return {};
  }

 private:
  std::map<StateKind, State> states_;
};

}  // namespace nonvol::tpm
