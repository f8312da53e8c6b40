#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "outcome/result.h"
#include "seal/certificate.h"

namespace nonvol::seal {

struct RsaPublicKey {
  std::vector<std::uint8_t> modulus;  // big-endian
  std::uint32_t exponent = 65537;
  friend bool operator==(const RsaPublicKey&, const RsaPublicKey&) = default;
};
enum class EcCurve { kP256, kP384, kP521 };
std::string_view to_string(EcCurve curve);  // "P-384", as FIPS 186 has it
struct EcPublicKey {
  EcCurve curve = EcCurve::kP384;
  std::vector<std::uint8_t> x;  // big-endian, as many bytes as the curve's numbers have, or fewer
  std::vector<std::uint8_t> y;
  friend bool operator==(const EcPublicKey&, const EcPublicKey&) = default;
};
using PublicKey = std::variant<RsaPublicKey, EcPublicKey>;

// "9999-12-31T23:59:59Z", which RFC 5280, 4.1.2.5, has for what never expires.
inline constexpr std::int64_t kNeverExpires = 253402300799;
struct Validity {
  std::int64_t not_before_unix_seconds = 0;
  std::int64_t not_after_unix_seconds = kNeverExpires;
};

// A local certificate authority in two steps: a root, which the ones trust who check certificates, and a key
// that the root vouches for and that signs. Whoever has the signing key can vouch for any TPM; the root's key
// is needed only to replace it.
struct Authority {
  std::string root_certificate_pem;
  std::string root_key_pem;  // PKCS #8, not encrypted, as the other
  std::string signing_certificate_pem;
  std::string signing_key_pem;
};
struct AuthorityRequest {
  std::string common_name;  // of the signing certificate; the root's has " root" behind it
  Validity validity;
};

// New keys, ECDSA on P-384 with SHA-384 (which the TCG's EK Credential Profile allows): made in two
// milliseconds where RSA-3072 takes half a second, and each certificate that a TPM stores is 280 bytes
// shorter. Errors: kSigningFailed, kLibraryMissing. Any number of threads.
Result<Authority> make_authority(const AuthorityRequest& request);

struct Extension {
  Der oid;
  bool critical = false;
  Der value;
};
// ub-common-name of RFC 5280, appendix A.1.
inline constexpr std::size_t kLongestCommonNameBytes = 64;
struct CertificateRequest {
  PublicKey key;
  std::string common_name;  // empty: the subject has no name
  Validity validity;        // begins now; ends with that of what signs, at the latest
  std::vector<Extension> extensions;
};
// What signs: of an Authority or of another's, such as swtpm_localca's. Any key that signs with SHA-384.
struct Signer {
  std::string certificate_pem;
  std::string key_pem;
};

// A certificate for somebody's key, with a random serial number of 16 bytes. To the extensions comes which
// key it was signed with (RFC 5280, 4.2.1.1). Errors: kAuthorityDamaged (also where what signs is not valid
// when the certificate begins), kSigningFailed, kLibraryMissing. Any number of threads.
Result<Der> issue_certificate(const Signer& signer, const CertificateRequest& request);

}  // namespace nonvol::seal
