#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"
#include "seal/certificate.h"

namespace nonvol::seal {

// PKCS #7 SignedData (RFC 2315) as edk2 reads it: the bare structure of an authenticated variable, or the
// same in a ContentInfo. Verification is that of edk2's Pkcs7Verify: dates and purposes do not count, and any
// trusted certificate of the chain ends it, not only a root.

// Which of the trusted certificates (DER) vouches for `content`: the first to which the signature leads.
// nullopt: none does, or the signature is not over this content. What is no certificate is passed over.
// Errors: kNotSignedData, kLibraryMissing. Any number of threads.
Result<std::optional<std::size_t>> verify_signed_data(octets::Bytes signed_data, octets::Bytes content,
                                                      std::span<const octets::Bytes> trusted);

// The certificates that signed, as the message itself carries them; nothing is verified. Errors:
// kNotSignedData, kLibraryMissing. Any number of threads.
Result<std::vector<Der>> signer_certificates(octets::Bytes signed_data);

// Whether edk2 would take it for signed with SHA-256, which for an authenticated variable it must be: a bare
// SignedData whose first digest algorithm is that, at the one offset where edk2 looks.
bool is_bare_with_sha256(octets::Bytes signed_data);

// A bare SignedData over `content`, which is not in it: signed with SHA-256, the certificate inside, without
// signed attributes, as authenticated variables have it. Errors: kNotACertificate, kBadPrivateKey,
// kSigningFailed, kLibraryMissing. Any number of threads.
Result<std::vector<std::uint8_t>> sign_detached(octets::Bytes content, octets::Bytes certificate_der,
                                                std::string_view private_key_pem);

}  // namespace nonvol::seal
