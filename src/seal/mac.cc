#include "seal/mac.h"

#include <array>
#include <memory>
#include <string>

#include "seal/aead.h"
#include "seal/libcrypto.h"
#include "seal/symmetric_library.h"

namespace nonvol::seal {
namespace {

struct FreeMac {
  void operator()(EVP_MAC* mac) const { symmetric_library().EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { symmetric_library().EVP_MAC_CTX_free(context); }
};

// OpenSSL takes lengths as int; passphrases and salts come nowhere near.
constexpr std::size_t kLargestPassphraseBytes = std::size_t{1} << 20;

// Of no bytes there need not be a place, which OpenSSL takes for a key that was left out.
octets::Bytes placed(octets::Bytes bytes) {
  static constexpr std::uint8_t kNothing = 0;
  return bytes.empty() ? octets::Bytes(&kNothing, 0) : bytes;
}

}  // namespace

Result<Sha256Digest> hmac_sha256(octets::Bytes key, std::initializer_list<octets::Bytes> parts) {
  const SymmetricLibrary& library = symmetric_library();
  if (!library.loaded) return unusable();
  const std::unique_ptr<EVP_MAC, FreeMac> mac(library.EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  if (mac == nullptr) return unusable();
  const std::unique_ptr<EVP_MAC_CTX, FreeMac> context(library.EVP_MAC_CTX_new(mac.get()));
  std::string algorithm = "SHA256";  // OpenSSL's prototype has no const
  const std::array<OSSL_PARAM, 2> parameters = {
      library.OSSL_PARAM_construct_utf8_string("digest", algorithm.data(), 0),
      library.OSSL_PARAM_construct_end()};
  bool good = context != nullptr &&
              library.EVP_MAC_init(context.get(), placed(key).data(), key.size(), parameters.data()) == 1;
  for (const octets::Bytes part : parts) {
    good = good && library.EVP_MAC_update(context.get(), part.data(), part.size()) == 1;
  }
  Sha256Digest result{};
  std::size_t size_bytes = 0;
  good = good && library.EVP_MAC_final(context.get(), result.data(), &size_bytes, result.size()) == 1;
  if (!good || size_bytes != result.size()) return unusable();
  return result;
}

bool same_mac(const Sha256Digest& right, octets::Bytes found) {
  return found.size() == right.size() && symmetric_library().loaded &&
         symmetric_library().CRYPTO_memcmp(right.data(), found.data(), right.size()) == 0;
}

Result<void> pbkdf2_sha512(octets::Bytes passphrase, octets::Bytes salt, unsigned iterations,
                           std::span<std::uint8_t> key) {
  const SymmetricLibrary& library = symmetric_library();
  const bool fits = passphrase.size() <= kLargestPassphraseBytes && salt.size() <= kLargestPassphraseBytes &&
                    key.size() <= kLargestPassphraseBytes;
  // char is what OpenSSL calls the octets of a passphrase.
  if (fits && library.loaded &&
      library.PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(placed(passphrase).data()),
                                static_cast<int>(passphrase.size()), placed(salt).data(),
                                static_cast<int>(salt.size()), static_cast<int>(iterations),
                                library.EVP_sha512(), static_cast<int>(key.size()), key.data()) == 1) {
    return {};
  }
  wipe(key);
  return unusable();
}

}  // namespace nonvol::seal
