#include "tpm/libtpms.h"

#include <dlfcn.h>

#include <optional>

namespace nonvol::tpm {
namespace {

constexpr const char* kLibraryName = "libtpms.so.0";

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

std::optional<Libtpms> load() {
  Libtpms result{};
  void* library = ::dlopen(kLibraryName, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return std::nullopt;
  const bool found = find(library, "TPMLIB_GetVersion", result.version) &&
                     find(library, "TPMLIB_ChooseTPMVersion", result.choose_version) &&
                     find(library, "TPMLIB_RegisterCallbacks", result.register_callbacks) &&
                     find(library, "TPMLIB_MainInit", result.main_init) &&
                     find(library, "TPMLIB_Terminate", result.terminate) &&
                     find(library, "TPMLIB_Process", result.process) &&
                     find(library, "TPMLIB_CancelCommand", result.cancel_command) &&
                     find(library, "TPMLIB_SetBufferSize", result.set_buffer_size) &&
                     find(library, "TPMLIB_SetState", result.set_state) &&
                     find(library, "TPMLIB_GetState", result.get_state) &&
                     find(library, "TPMLIB_ValidateState", result.validate_state) &&
                     find(library, "TPMLIB_GetInfo", result.get_info) &&
                     find(library, "TPMLIB_SetDebugFD", result.set_debug_fd) &&
                     find(library, "TPM_IO_Hash_Start", result.hash_start) &&
                     find(library, "TPM_IO_Hash_Data", result.hash_data) &&
                     find(library, "TPM_IO_Hash_End", result.hash_end) &&
                     find(library, "TPM_IO_TpmEstablished_Get", result.established_get) &&
                     find(library, "TPM_IO_TpmEstablished_Reset", result.established_reset) &&
                     find(library, "TPM_Free", result.release);
  if (!found) return std::nullopt;
  return result;
}

}  // namespace

const Libtpms* libtpms() {
  static const std::optional<Libtpms> library = load();
  return library ? &*library : nullptr;
}

}  // namespace nonvol::tpm
