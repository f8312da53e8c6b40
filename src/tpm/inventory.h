#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "outcome/result.h"
#include "tpm/commands.h"

namespace nonvol::tpm {

struct PersistentObject {
  Handle handle = 0;
  PublicArea area;
};

// What a TPM 2.0 says of itself: TPM2_GetCapability with the public parts of what it keeps.
struct TpmInventory {
  std::string family;                 // "2.0"
  std::uint32_t level = 0;            // of the specification
  std::uint32_t revision = 0;         // 164 for 1.64
  std::uint32_t manufacturer_id = 0;  // in the TCG's registry of vendors: four letters
  std::string manufacturer;           // "IBM"
  std::string vendor;                 // "SW TPM"
  std::uint64_t firmware_version = 0;
  std::vector<PcrSelection> banks;  // of this start of the TPM; one without registers is not active
  std::vector<PersistentObject> objects;
  std::vector<NvPublic> indices;
  bool owner_password = false;
  bool endorsement_password = false;
  bool lockout_password = false;
  bool clear_disabled = false;
  bool in_lockout = false;
  bool last_shutdown_orderly = false;
  std::uint32_t lockout_failures = 0;  // wrong passwords that count at present
  std::uint32_t lockout_limit = 0;     // as many lock the TPM
  std::uint32_t lockout_interval_seconds = 0;
  std::uint32_t lockout_recovery_seconds = 0;
};

// Four letters in a number, the first in its highest byte; what is no printable letter is left out.
std::string vendor_letters(std::uint32_t number);

// Starts the TPM if nobody did. Errors: kTpmCommandRefused, and what the port has.
Result<TpmInventory> read_inventory(CommandPort& port);

}  // namespace nonvol::tpm
