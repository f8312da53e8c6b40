#include "seal/aead.h"

#include <string.h>

#include <algorithm>
#include <memory>

#include "seal/libcrypto.h"

namespace nonvol::seal {
namespace {

// OpenSSL takes lengths as int; steps much smaller than that cost nothing.
constexpr std::size_t kStepBytes = std::size_t{1} << 20;

enum Direction : int { kOpen = 0, kSeal = 1 };

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { libcrypto().cipher_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

// Associated bytes go in and nothing comes out; that is how OpenSSL knows them from text.
bool take_associated(EVP_CIPHER_CTX* cipher, octets::Bytes associated) {
  for (; !associated.empty(); associated = associated.subspan(std::min(kStepBytes, associated.size()))) {
    const int step = static_cast<int>(std::min(kStepBytes, associated.size()));
    int done = 0;
    if (libcrypto().cipher_update(cipher, nullptr, &done, associated.data(), step) != 1) return false;
  }
  return true;
}

bool take_text(EVP_CIPHER_CTX* cipher, std::span<std::uint8_t> text) {
  for (; !text.empty(); text = text.subspan(std::min(kStepBytes, text.size()))) {
    const int step = static_cast<int>(std::min(kStepBytes, text.size()));
    int done = 0;
    if (libcrypto().cipher_update(cipher, text.data(), &done, text.data(), step) != 1 || done != step) {
      return false;
    }
  }
  return true;
}

// All but the tag; nullptr when the library fails.
Cipher transform(Direction direction, const Key& key, const Nonce& nonce, octets::Bytes associated,
                 std::span<std::uint8_t> text) {
  if (!libcrypto().loaded) return nullptr;
  Cipher cipher(libcrypto().cipher_new());
  const bool done = cipher != nullptr &&
                    libcrypto().cipher_init(cipher.get(), libcrypto().aes_256_gcm(), nullptr,
                                            key.bytes().data(), nonce.data(), direction) == 1 &&
                    take_associated(cipher.get(), associated) && take_text(cipher.get(), text);
  if (!done) return nullptr;
  return cipher;
}

// With a tag of 128 bits this writes no text; OpenSSL wants a place for it all the same.
bool finish(EVP_CIPHER_CTX* cipher) {
  std::array<std::uint8_t, EVP_MAX_BLOCK_LENGTH> nothing;
  int done = 0;
  return libcrypto().cipher_final(cipher, nothing.data(), &done) == 1 && done == 0;
}

}  // namespace

void wipe(std::span<std::uint8_t> bytes) {
  // Of no bytes there need not be a place, which the function does not allow.
  if (!bytes.empty()) ::explicit_bzero(bytes.data(), bytes.size());
}

Key::Key(std::span<const std::uint8_t, kSizeBytes> bytes) {
  std::ranges::copy(bytes, bytes_.begin());
}

Key::Key(Key&& other) noexcept : bytes_(other.bytes_) {
  wipe(other.bytes_);
}

Key& Key::operator=(Key&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    wipe(other.bytes_);
  }
  return *this;
}

Key::~Key() {
  wipe(bytes_);
}

Result<Tag> seal_in_place(const Key& key, const Nonce& nonce, octets::Bytes associated,
                          std::span<std::uint8_t> text) {
  const Cipher cipher = transform(kSeal, key, nonce, associated, text);
  Tag tag{};
  if (cipher == nullptr || !finish(cipher.get()) ||
      libcrypto().cipher_control(cipher.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag.size()),
                                 tag.data()) != 1) {
    wipe(text);
    return unusable();
  }
  return tag;
}

Result<bool> open_in_place(const Key& key, const Nonce& nonce, octets::Bytes associated,
                           std::span<std::uint8_t> text, const Tag& tag) {
  const Cipher cipher = transform(kOpen, key, nonce, associated, text);
  Tag expected = tag;  // OpenSSL's prototype has no const
  if (cipher == nullptr ||
      libcrypto().cipher_control(cipher.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(expected.size()),
                                 expected.data()) != 1) {
    wipe(text);
    return unusable();
  }
  if (finish(cipher.get())) return true;
  wipe(text);
  return false;
}

}  // namespace nonvol::seal
