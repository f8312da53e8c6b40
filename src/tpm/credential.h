#pragma once

#include <cstdint>
#include <string>

#include "outcome/result.h"
#include "seal/issue.h"
#include "tpm/inventory.h"
#include "tpm/manufacture.h"

namespace nonvol::tpm {

// What a certificate says of the TPM (TCG EK Credential Profile, 3.1.2 and 3.1.3).
struct TpmIdentity {
  std::string manufacturer;  // "id:49424D00": what TPM_PT_MANUFACTURER says
  std::string model;         // "SW TPM": the vendor string
  std::string version;       // "id:20191023": the higher half of the firmware's version
  std::string family;        // "2.0"
  std::uint32_t level = 0;
  std::uint32_t revision = 0;
};
TpmIdentity identity_of(const TpmInventory& inventory);

// And of the machine it is in (TCG Platform Certificate Profile, 3.1.2).
struct PlatformIdentity {
  std::string manufacturer;
  std::string model;
  std::string version;
};

struct CredentialFacts {
  TpmIdentity tpm;
  PlatformIdentity platform;  // for a certificate of the platform
  std::string common_name;    // of the subject: the guest's name; empty: the subject has none
  seal::Validity validity;
};

// The certificate to be issued for an endorsement key: what swtpm_localca writes, but for what its page in
// docs/formats/tpm-certificates.md names.
seal::CertificateRequest credential_request(CertificateKind kind, const EkPublic& key,
                                            const CredentialFacts& facts);

}  // namespace nonvol::tpm
