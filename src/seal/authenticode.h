#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"
#include "seal/certificate.h"
#include "seal/digest.h"

namespace nonvol::seal {

// The signature of an EFI program: PKCS #7 SignedData over a SpcIndirectDataContent, which holds the
// program's digest ("Windows Authenticode Portable Executable Signature Format", Microsoft 2008).
struct AuthenticodeClaim {
  DigestAlgorithm algorithm = DigestAlgorithm::kSha256;
  std::vector<std::uint8_t> digest;  // of the program, as the signature has it
  std::vector<Der> signers;
};

// What the signature claims; nothing is verified. Errors: kNotSignedData (also for another content or a
// digest that edk2 does not know), kLibraryMissing. Any number of threads.
Result<AuthenticodeClaim> read_authenticode(octets::Bytes signed_data);

// Which of the trusted certificates (DER) vouches for this signature over a program with this digest: the
// first, as edk2's AuthenticodeVerify decides. nullopt: none. Errors as above. Any number of threads.
Result<std::optional<std::size_t>> verify_authenticode(octets::Bytes signed_data, octets::Bytes image_digest,
                                                       std::span<const octets::Bytes> trusted);

}  // namespace nonvol::seal
