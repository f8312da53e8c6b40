#include "seal/digest.h"

#include <dlfcn.h>
#include <openssl/evp.h>
#include <openssl/opensslv.h>

#include <string>

namespace nonvol::seal {
namespace {

// The functions used, with the types that OpenSSL's own headers give them.
struct Libcrypto {
  decltype(&::EVP_MD_CTX_new) context_new;
  decltype(&::EVP_MD_CTX_free) context_free;
  decltype(&::EVP_sha256) sha256;
  decltype(&::EVP_DigestInit_ex) digest_init;
  decltype(&::EVP_DigestUpdate) digest_update;
  decltype(&::EVP_DigestFinal_ex) digest_final;
  bool loaded = false;
};

#define NONVOL_STRING_OF(text) #text
#define NONVOL_STRING(text) NONVOL_STRING_OF(text)
constexpr const char* kLibraryName = "libcrypto.so." NONVOL_STRING(OPENSSL_SHLIB_VERSION);

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

Libcrypto load() {
  Libcrypto result{};
  void* library = ::dlopen(kLibraryName, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return result;
  result.loaded = find(library, "EVP_MD_CTX_new", result.context_new) &&
                  find(library, "EVP_MD_CTX_free", result.context_free) &&
                  find(library, "EVP_sha256", result.sha256) &&
                  find(library, "EVP_DigestInit_ex", result.digest_init) &&
                  find(library, "EVP_DigestUpdate", result.digest_update) &&
                  find(library, "EVP_DigestFinal_ex", result.digest_final);
  return result;
}

const Libcrypto& libcrypto() {
  static const Libcrypto library = load();
  return library;
}

Error unusable() {
  return Error(ErrorId::kLibraryMissing, std::string(kLibraryName) + " could not be loaded or does not work")
      .with_hint("apt-get install libssl3");
}

EVP_MD_CTX* raw(void* context) {
  return static_cast<EVP_MD_CTX*>(context);
}

}  // namespace

void Sha256::FreeContext::operator()(Context* context) const {
  libcrypto().context_free(raw(context));
}

Result<Sha256> Sha256::begin() {
  if (!libcrypto().loaded) return unusable();
  void* context = libcrypto().context_new();
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

}  // namespace nonvol::seal
