#pragma once

#include <memory>

#include "testing/expect.h"
#include "tpm/memory_state.h"
#include "tpm/tpm.h"

namespace nonvol::tpm {

// For tests: a new TPM that is switched on, with its states in memory. One at a time.
class TpmForTest final : public CommandPort {
 public:
  explicit TpmForTest(TpmVersion version) {
    Result<std::unique_ptr<Tpm>> made = Tpm::make(version, store);
    EXPECT_OK(made);
    if (made) tpm_ = std::move(*made);
    restart();
  }

  Result<Response> execute(octets::Bytes command) override {
    if (tpm_ == nullptr) return Error(ErrorId::kImpossible, "there is no TPM");
    return tpm_->execute(command);
  }
  // Power off and on: what is in memory only is lost.
  void restart() {
    if (tpm_ == nullptr) return;
    EXPECT_OK(tpm_->switch_on());
  }

  class Counting final : public MemoryState {
   public:
    Result<void> store(StateKind kind, octets::Bytes state) override {
      ++stores;
      return MemoryState::store(kind, state);
    }
    unsigned stores = 0;
  };
  Counting store;

 private:
  std::unique_ptr<Tpm> tpm_;
};

}  // namespace nonvol::tpm
