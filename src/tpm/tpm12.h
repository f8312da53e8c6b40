#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "outcome/result.h"
#include "tpm/credential.h"
#include "tpm/manufacture.h"

namespace nonvol::tpm {

// A TPM 1.2 made as swtpm_setup makes one, and what is in it (TPM Main, level 2, revision 116: part 2 for
// structures and numbers, part 3 for commands).

inline constexpr Handle kEndorsementKey12 = 0x40000006;  // TPM_KH_EK
// PC Client Specific Implementation Specification for Conventional BIOS, 7.4: with the D bit, which says that
// the manufacturer defined it.
inline constexpr Handle kEkCertificateIndex12 = 0x1000f000;
inline constexpr Handle kPlatformCertificateIndex12 = 0x1000f002;

struct ManufactureRequest12 {
  bool endorsement_key = true;
  bool ek_certificate = false;        // not without the key
  bool platform_certificate = false;  // not without the key
};

// Enables and activates it, makes the endorsement key and stores certificates, behind the header that TPM 1.2
// has there. Nobody owns it afterwards, and its memory is not locked: as swtpm_setup leaves it. Errors:
// kTpmCommandRefused, kCertificateTooLarge, and what the port and the authority have.
Result<Manufactured> manufacture_12(CommandPort& port, const ManufactureRequest12& request,
                                    const Certify& certify);

struct NvIndex12 {
  Handle index = 0;
  std::uint32_t attributes = 0;
  std::uint32_t size_bytes = 0;
};
struct TpmInventory12 {
  std::uint16_t level = 0;          // of the specification
  std::uint8_t errata = 0;          // and of its errata
  std::uint8_t firmware_major = 0;  // revMajor and revMinor of the TPM's version
  std::uint8_t firmware_minor = 0;
  std::uint32_t manufacturer_id = 0;
  std::string manufacturer;  // "IBM"
  std::vector<NvIndex12> indices;
  bool enabled = false;
  bool activated = false;  // as of the next start
  bool owned = false;
  bool endorsement_key_made = false;
  bool memory_locked = false;  // reads and writes of the memory need the owner
};

// Starts the TPM if nobody did. Errors: kTpmCommandRefused, and what the port has.
Result<TpmInventory12> read_inventory_12(CommandPort& port);
TpmIdentity identity_of(const TpmInventory12& inventory);

}  // namespace nonvol::tpm
