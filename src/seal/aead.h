#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "octets/reader.h"
#include "outcome/result.h"

namespace nonvol::seal {

// A key for AES-256. Its memory is wiped when it goes, and when it is moved from; it cannot be copied.
class Key {
 public:
  static constexpr std::size_t kSizeBytes = 32;

  explicit Key(std::span<const std::uint8_t, kSizeBytes> bytes);
  Key(Key&& other) noexcept;
  Key& operator=(Key&& other) noexcept;
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  ~Key();

  octets::Bytes bytes() const { return bytes_; }

 private:
  std::array<std::uint8_t, kSizeBytes> bytes_;
};

// Overwrites what must not stay in memory, in a way that no optimisation removes. Any number of threads.
void wipe(std::span<std::uint8_t> bytes);

using Nonce = std::array<std::uint8_t, 12>;
using Tag = std::array<std::uint8_t, 16>;

// AES-256-GCM (NIST SP 800-38D) by OpenSSL, with a nonce of 96 bits and a tag of 128. A nonce must never be
// used twice with one key: two texts under it give away their difference, and the means to forge tags. Text
// is at most 2^36 - 32 bytes. Error of both: kLibraryMissing, and then the text has been wiped to zeros. Any
// number of threads.

// Encrypts the text where it is. The tag vouches for it and for the associated bytes, which stay as they are.
Result<Tag> seal_in_place(const Key& key, const Nonce& nonce, octets::Bytes associated,
                          std::span<std::uint8_t> text);

// Decrypts the text where it is. False: key, nonce, associated bytes, text and tag do not belong together,
// and the text has been wiped to zeros, so that nothing unproven is ever read.
Result<bool> open_in_place(const Key& key, const Nonce& nonce, octets::Bytes associated,
                           std::span<std::uint8_t> text, const Tag& tag);

}  // namespace nonvol::seal
