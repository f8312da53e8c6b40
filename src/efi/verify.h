#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "efi/portable_executable.h"
#include "efi/secure_boot.h"
#include "octets/reader.h"
#include "outcome/result.h"
#include "seal/digest.h"

namespace nonvol::efi {

enum class Verdict {
  kNotVerified,       // Secure Boot is off: everything starts
  kAllowedBySigner,   // a certificate of db vouches for a signature
  kAllowedByDigest,   // db names the program
  kRevokedDigest,     // dbx names the program
  kRevokedSigner,     // dbx holds a certificate that vouches for a signature, or its digest
  kUnknown,           // db knows neither the program nor a signer
  kBrokenSignatures,  // the certificate table does not add up
};
std::string_view to_string(Verdict verdict);
bool starts(Verdict verdict);

// One signature of the program, and what the guest thinks of it.
struct SignatureOpinion {
  std::uint64_t offset_bytes = 0;
  seal::DigestAlgorithm algorithm = seal::DigestAlgorithm::kSha256;
  std::vector<std::uint8_t> signer;      // DER; empty where the signature cannot be read
  bool digest_matches = false;           // the signature is for this very program
  std::vector<std::uint8_t> allowed_by;  // the certificate of db that vouches for it, DER; empty: none
  std::vector<std::uint8_t>
      revoked_by;          // the certificate that dbx holds, or names by its digest; empty: none
  std::string unreadable;  // why edk2 passes over it; empty: it does not
};

struct ImageVerdict {
  Verdict verdict = Verdict::kUnknown;
  std::vector<std::uint8_t> sha256;  // Authenticode digest: what 'db' and 'dbx' would name
  std::vector<SignatureOpinion> signatures;
};

// Whether the firmware of this guest would start the program from a disk (DxeImageVerificationHandler of edk2
// up to 2025; what changed after that is in docs/formats/secure-boot-keys.md). What shim checks later,
// MokList and SBAT, is not in it. Errors: kNotAnEfiProgram, kLibraryMissing.
Result<ImageVerdict> verify_image(octets::Bytes file, const PortableExecutable& image,
                                  const SecureBootKeys& keys);

}  // namespace nonvol::efi
