#include "seal/digest.h"

#include "seal/certificate_library.h"
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

std::string_view to_string(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::kSha1:
      return "SHA-1";
    case DigestAlgorithm::kSha256:
      return "SHA-256";
    case DigestAlgorithm::kSha384:
      return "SHA-384";
    case DigestAlgorithm::kSha512:
      return "SHA-512";
  }
  return "";
}

std::size_t digest_size_bytes(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::kSha1:
      return 20;
    case DigestAlgorithm::kSha256:
      return 32;
    case DigestAlgorithm::kSha384:
      return 48;
    case DigestAlgorithm::kSha512:
      return 64;
  }
  return 0;
}

Result<std::vector<std::uint8_t>> digest(DigestAlgorithm algorithm, std::span<const octets::Bytes> parts) {
  const CertificateLibrary& more = certificate_library();
  if (!more.loaded) return unusable();
  const EVP_MD* kind = algorithm == DigestAlgorithm::kSha1     ? more.EVP_sha1()
                       : algorithm == DigestAlgorithm::kSha256 ? more.EVP_sha256()
                       : algorithm == DigestAlgorithm::kSha384 ? more.EVP_sha384()
                                                               : more.EVP_sha512();
  struct FreeDigest {
    void operator()(EVP_MD_CTX* context) const { libcrypto().digest_free(context); }
  };
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(libcrypto().digest_new());
  bool good = context != nullptr && libcrypto().digest_init(context.get(), kind, nullptr) == 1;
  for (const octets::Bytes part : parts) {
    good = good && libcrypto().digest_update(context.get(), part.data(), part.size()) == 1;
  }
  std::vector<std::uint8_t> result(digest_size_bytes(algorithm));
  if (!good || libcrypto().digest_final(context.get(), result.data(), nullptr) != 1) return unusable();
  return result;
}

}  // namespace nonvol::seal
