#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "outcome/result.h"
#include "seal/issue.h"
#include "tpm/commands.h"

namespace nonvol::tpm {

// Endorsement keys by the templates in annex B of the TCG's "EK Credential Profile for TPM Family 2.0": L-1
// for RSA 2048, H-3 for ECC P-384, H-6 for RSA 3072.
enum class EkKind { kRsa2048, kRsa3072, kEccP384 };
std::string_view to_string(EkKind kind);  // "rsa2048", "rsa3072", "secp384r1", as swtpm_setup has it

// Where a key and its certificate go: where swtpm_setup puts them (src/swtpm_setup/swtpm.c, ek_params), after
// the profile's 2.2.1.4 and 2.2.1.5.
Handle persistent_handle(EkKind kind);
Handle certificate_index(EkKind kind);
inline constexpr Handle kPlatformCertificateIndex = 0x01c08000;

struct EkPublic {
  EkKind kind = EkKind::kRsa2048;
  seal::PublicKey key;
};

enum class CertificateKind { kEndorsementKey, kPlatform };

struct ManufactureRequest {
  std::vector<EkKind> endorsement_keys;
  bool ek_certificates = false;       // for each of the keys
  bool platform_certificate = false;  // for the first of the keys
  // TPM_ALG_ID of the PCR banks to be active, and no others; none: they stay as they are.
  std::vector<std::uint16_t> active_banks;
};

// The authority: DER for a key. A callback, so that this folder sees no private key.
using Certify = std::function<Result<std::vector<std::uint8_t>>(CertificateKind, const EkPublic&)>;

struct MadeKey {
  EkPublic key;
  Handle handle = 0;
};
struct StoredCertificate {
  CertificateKind kind = CertificateKind::kEndorsementKey;
  Handle index = 0;
  std::vector<std::uint8_t> der;
};
struct Manufactured {
  std::vector<MadeKey> keys;
  std::vector<StoredCertificate> certificates;
};

// Makes of a new TPM 2.0 one as swtpm_setup would: keys for ever, certificates in its memory, PCR banks as of
// its next start, and an orderly shutdown. A TPM that failed in the middle is to be thrown away. Errors:
// kTpmCommandRefused, kCertificateTooLarge, and what the port and the authority have.
Result<Manufactured> manufacture(CommandPort& port, const ManufactureRequest& request,
                                 const Certify& certify);

}  // namespace nonvol::tpm
