#include "seal/cbc.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "seal/aead.h"
#include "seal/libcrypto.h"
#include "seal/symmetric_library.h"

namespace nonvol::seal {
namespace {

// OpenSSL takes lengths as int; a multiple of the block, so that every step gives as much as it takes.
constexpr std::size_t kStepBytes = std::size_t{1} << 20;

enum Direction : int { kDecrypt = 0, kEncrypt = 1 };

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { libcrypto().cipher_free(context); }
};

bool transform(Direction direction, octets::Bytes key, octets::Bytes initial_vector,
               std::span<std::uint8_t> text) {
  const SymmetricLibrary& more = symmetric_library();
  if (!more.loaded) return false;
  const std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> cipher(libcrypto().cipher_new());
  const EVP_CIPHER* kind = key.size() == 16 ? more.EVP_aes_128_cbc() : more.EVP_aes_256_cbc();
  if (cipher == nullptr ||
      libcrypto().cipher_init(cipher.get(), kind, nullptr, key.data(), initial_vector.data(), direction) !=
          1 ||
      more.EVP_CIPHER_CTX_set_padding(cipher.get(), 0) != 1) {
    return false;
  }
  for (; !text.empty(); text = text.subspan(std::min(kStepBytes, text.size()))) {
    const int step = static_cast<int>(std::min(kStepBytes, text.size()));
    int done = 0;
    if (libcrypto().cipher_update(cipher.get(), text.data(), &done, text.data(), step) != 1 || done != step) {
      return false;
    }
  }
  return true;
}

Result<void> checked(Direction direction, octets::Bytes key, octets::Bytes initial_vector,
                     std::span<std::uint8_t> text) {
  const bool fits = (key.size() == 16 || key.size() == 32) && initial_vector.size() == kAesBlockBytes &&
                    text.size() % kAesBlockBytes == 0;
  if (fits && transform(direction, key, initial_vector, text)) return {};
  wipe(text);
  if (fits) return unusable();
  return Error(ErrorId::kImpossible,
               fmt::format("AES-CBC was given a key of {}, an initial vector of {} and a text of {} bytes",
                           key.size(), initial_vector.size(), text.size()));
}

}  // namespace

Result<void> cbc_encrypt_in_place(octets::Bytes key, octets::Bytes initial_vector,
                                  std::span<std::uint8_t> text) {
  return checked(kEncrypt, key, initial_vector, text);
}

Result<void> cbc_decrypt_in_place(octets::Bytes key, octets::Bytes initial_vector,
                                  std::span<std::uint8_t> text) {
  return checked(kDecrypt, key, initial_vector, text);
}

}  // namespace nonvol::seal
