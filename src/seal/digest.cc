#include "seal/digest.h"

#include "seal/libcrypto.h"

namespace nonvol::seal {
namespace {

EVP_MD_CTX* raw(void* context) {
  return static_cast<EVP_MD_CTX*>(context);
}

}  // namespace

void Sha256::FreeContext::operator()(Context* context) const {
  libcrypto().digest_free(raw(context));
}

Result<Sha256> Sha256::begin() {
  if (!libcrypto().loaded) return unusable();
  void* context = libcrypto().digest_new();
  if (context == nullptr) return unusable();
  Sha256 result(static_cast<Context*>(context));
  if (libcrypto().digest_init(raw(context), libcrypto().sha256(), nullptr) != 1) return unusable();
  return result;
}

Result<void> Sha256::update(octets::Bytes bytes) {
  if (libcrypto().digest_update(raw(context_.get()), bytes.data(), bytes.size()) != 1) return unusable();
  return {};
}

Result<Sha256Digest> Sha256::finish() {
  Sha256Digest digest{};
  if (libcrypto().digest_final(raw(context_.get()), digest.data(), nullptr) != 1) return unusable();
  return digest;
}

Result<Sha256Digest> sha256(std::initializer_list<octets::Bytes> parts) {
  Result<Sha256> begun = Sha256::begin();
  if (!begun) return begun.error();
  for (const octets::Bytes part : parts) {
    if (Result<void> updated = begun->update(part); !updated) return updated.error();
  }
  return begun->finish();
}

}  // namespace nonvol::seal
