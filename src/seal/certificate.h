#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"
#include "seal/digest.h"

namespace nonvol::seal {

using Der = std::vector<std::uint8_t>;

// What an X.509 certificate says (RFC 5280), as text for people and for comparison.
struct Certificate {
  Der der;                          // exactly the certificate, without what lay behind it
  std::string subject;              // RFC 2253 order and quoting, UTF-8
  std::string subject_common_name;  // the last CN, empty where there is none
  std::string issuer;
  std::string serial_hex;  // lower case, "-" in front where negative
  std::string not_before;  // "2023-03-02T20:21:35Z"; empty where the field is no date
  std::string not_after;
  Sha256Digest sha256{};                // of the DER: the fingerprint
  std::array<std::uint8_t, 20> sha1{};  // of the DER, as older lists name certificates
  std::string key_kind;                 // "RSA", "EC", or OpenSSL's short name
  unsigned key_bits = 0;                // 0 where the key cannot be read
  bool is_ca = false;
  Der to_be_signed;  // tbsCertificate: what a dbx of type X509_SHA256 digests

  // The common name, or the whole subject where there is none.
  const std::string& name() const { return subject_common_name.empty() ? subject : subject_common_name; }
};

// The certificate at the beginning of the bytes. What lies behind it is left alone, since edk2's reader does
// the same and trusts the key in it. Errors: kNotACertificate, kLibraryMissing. Any number of threads.
Result<Certificate> parse_certificate(octets::Bytes der);

// The DER of every certificate of a file: one in DER, or any number in PEM, other PEM blocks left out.
// Errors: kNotACertificate, kLibraryMissing. Any number of threads.
Result<std::vector<Der>> decode_certificates(octets::Bytes pem_or_der);

struct SelfSignedRequest {
  std::string common_name;
  std::int64_t not_before_unix_seconds = 0;
  unsigned days = 0;
};
struct SelfSigned {
  Der certificate;
  std::string certificate_pem;
  // PKCS #8, not encrypted. Whoever has it can sign for the guests that trust the certificate.
  std::string private_key_pem;
};

// A new RSA-2048 key and its own certificate, signed with SHA-256: what a platform key usually is. Errors:
// kSigningFailed, kLibraryMissing. Any number of threads.
Result<SelfSigned> make_self_signed(const SelfSignedRequest& request);

}  // namespace nonvol::seal
