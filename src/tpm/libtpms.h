#pragma once

#include <libtpms/tpm_error.h>
#include <libtpms/tpm_library.h>
#include <libtpms/tpm_memory.h>
#include <libtpms/tpm_tis.h>

namespace nonvol::tpm {

// libtpms, opened when a TPM is first asked for. Inside this folder only.
//
// The functions used, with the types that libtpms' own headers give them.
struct Libtpms {
  decltype(&::TPMLIB_GetVersion) version;
  decltype(&::TPMLIB_ChooseTPMVersion) choose_version;
  decltype(&::TPMLIB_RegisterCallbacks) register_callbacks;
  decltype(&::TPMLIB_MainInit) main_init;
  decltype(&::TPMLIB_Terminate) terminate;
  decltype(&::TPMLIB_Process) process;
  decltype(&::TPMLIB_CancelCommand) cancel_command;
  decltype(&::TPMLIB_SetBufferSize) set_buffer_size;
  decltype(&::TPMLIB_SetState) set_state;
  decltype(&::TPMLIB_GetState) get_state;
  decltype(&::TPMLIB_ValidateState) validate_state;
  decltype(&::TPMLIB_GetInfo) get_info;
  decltype(&::TPMLIB_SetDebugFD) set_debug_fd;
  decltype(&::TPM_IO_Hash_Start) hash_start;
  decltype(&::TPM_IO_Hash_Data) hash_data;
  decltype(&::TPM_IO_Hash_End) hash_end;
  decltype(&::TPM_IO_TpmEstablished_Get) established_get;
  decltype(&::TPM_IO_TpmEstablished_Reset) established_reset;
  decltype(&::TPM_Free) release;
};

// nullptr: there is no such library, or it lacks one of these.
const Libtpms* libtpms();

}  // namespace nonvol::tpm
