#pragma once

#include <libtpms/tpm_error.h>
#include <libtpms/tpm_library.h>

#include <cstdlib>
#include <map>
#include <string>

#include "tpm/command_port.h"
#include "tpm/state.h"

namespace nonvol::tpm {

// For tests: libtpms itself with its states in memory. One at a time, because libtpms is one per process.
class LibtpmsForTest final : public CommandPort {
 public:
  explicit LibtpmsForTest(TpmVersion version) : version_(version) { start(); }
  ~LibtpmsForTest() override { TPMLIB_Terminate(); }
  LibtpmsForTest(const LibtpmsForTest&) = delete;
  LibtpmsForTest& operator=(const LibtpmsForTest&) = delete;

  Result<Response> execute(octets::Bytes command) override {
    std::vector<unsigned char> copy(command.begin(), command.end());
    unsigned char* answer = nullptr;
    std::uint32_t size_bytes = 0;
    std::uint32_t room_bytes = 0;
    const TPM_RESULT done = TPMLIB_Process(&answer, &size_bytes, &room_bytes, copy.data(),
                                           static_cast<std::uint32_t>(copy.size()));
    const Response response(answer, answer + size_bytes);
    std::free(answer);
    if (done != TPM_SUCCESS) return Error(ErrorId::kTpmCommandRefused, "libtpms does not answer");
    ++commands;
    return response;
  }

  // Power off and on: what is in memory only is lost.
  void restart() {
    TPMLIB_Terminate();
    start();
  }

  static inline std::map<std::string, std::vector<std::uint8_t>> states;
  static inline unsigned stores = 0;
  unsigned commands = 0;
  bool running = false;

 private:
  static TPM_RESULT load(unsigned char** data, std::uint32_t* length, std::uint32_t, const char* name) {
    const auto found = states.find(name);
    if (found == states.end()) return TPM_RETRY;
    *data = static_cast<unsigned char*>(std::malloc(found->second.size() + 1));
    std::copy(found->second.begin(), found->second.end(), *data);
    *length = static_cast<std::uint32_t>(found->second.size());
    return TPM_SUCCESS;
  }
  static TPM_RESULT store(const unsigned char* data, std::uint32_t length, std::uint32_t, const char* name) {
    states[name].assign(data, data + length);
    ++stores;
    return TPM_SUCCESS;
  }
  static TPM_RESULT erase(std::uint32_t, const char* name, TPM_BOOL) {
    states.erase(name);
    return TPM_SUCCESS;
  }

  void start() {
    if (!running) states.clear();
    libtpms_callbacks callbacks{};
    callbacks.sizeOfStruct = sizeof(callbacks);
    callbacks.tpm_nvram_init = [] { return static_cast<TPM_RESULT>(TPM_SUCCESS); };
    callbacks.tpm_nvram_loaddata = load;
    callbacks.tpm_nvram_storedata = store;
    callbacks.tpm_nvram_deletename = erase;
    callbacks.tpm_io_init = [] { return static_cast<TPM_RESULT>(TPM_SUCCESS); };
    callbacks.tpm_io_getlocality = [](TPM_MODIFIER_INDICATOR* locality, std::uint32_t) {
      *locality = 0;
      return static_cast<TPM_RESULT>(TPM_SUCCESS);
    };
    callbacks.tpm_io_getphysicalpresence = [](TPM_BOOL* presence, std::uint32_t) {
      *presence = 0;
      return static_cast<TPM_RESULT>(TPM_SUCCESS);
    };
    running = TPMLIB_ChooseTPMVersion(version_ == TpmVersion::k12 ? TPMLIB_TPM_VERSION_1_2
                                                                  : TPMLIB_TPM_VERSION_2) == TPM_SUCCESS &&
              TPMLIB_RegisterCallbacks(&callbacks) == TPM_SUCCESS && TPMLIB_MainInit() == TPM_SUCCESS;
  }

  TpmVersion version_;
};

}  // namespace nonvol::tpm
