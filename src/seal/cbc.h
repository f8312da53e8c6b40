#pragma once

#include <cstdint>
#include <span>

#include "octets/reader.h"
#include "outcome/result.h"

namespace nonvol::seal {

// AES in CBC mode (NIST SP 800-38A, 6.2) by OpenSSL: for formats of others that have it. It proves nothing
// about the text; who decrypts has verified a MAC before (mac.h), and new formats take aead.h.
inline constexpr std::size_t kAesBlockBytes = 16;

// The text, changed where it is. The key has 16 or 32 bytes (AES-128, AES-256), the initial vector 16, and
// the text a multiple of 16: padding is the caller's. Errors: kImpossible where sizes are others,
// kLibraryMissing; the text has then been wiped to zeros. Any number of threads.
Result<void> cbc_encrypt_in_place(octets::Bytes key, octets::Bytes initial_vector,
                                  std::span<std::uint8_t> text);
Result<void> cbc_decrypt_in_place(octets::Bytes key, octets::Bytes initial_vector,
                                  std::span<std::uint8_t> text);

}  // namespace nonvol::seal
