#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>

#include "octets/reader.h"
#include "outcome/result.h"
#include "seal/digest.h"

namespace nonvol::seal {

// HMAC-SHA256 (RFC 2104, FIPS 198-1) of all parts one after the other, by OpenSSL. Error: kLibraryMissing.
// Any number of threads.
Result<Sha256Digest> hmac_sha256(octets::Bytes key, std::initializer_list<octets::Bytes> parts);

// Whether a MAC that was found is the right one, in a time that does not tell how much of it was guessed.
bool same_mac(const Sha256Digest& right, octets::Bytes found);

// Fills `key` by PBKDF2 with HMAC-SHA512 (RFC 8018, 5.2). Error: kLibraryMissing; the key is then zeros. Any
// number of threads.
Result<void> pbkdf2_sha512(octets::Bytes passphrase, octets::Bytes salt, unsigned iterations,
                           std::span<std::uint8_t> key);

}  // namespace nonvol::seal
