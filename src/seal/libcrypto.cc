#include "seal/libcrypto.h"

#include <dlfcn.h>
#include <openssl/opensslv.h>

#include <string>

namespace nonvol::seal {
namespace {

#define NONVOL_STRING_OF(text) #text
#define NONVOL_STRING(text) NONVOL_STRING_OF(text)
constexpr const char* kLibraryName = "libcrypto.so." NONVOL_STRING(OPENSSL_SHLIB_VERSION);

// Never closed: what was found in it is used until the process ends.
void* opened() {
  static void* const library = ::dlopen(kLibraryName, RTLD_NOW | RTLD_LOCAL);
  return library;
}

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

Libcrypto load() {
  Libcrypto result{};
  void* library = opened();
  if (library == nullptr) return result;
  result.loaded = find(library, "EVP_MD_CTX_new", result.digest_new) &&
                  find(library, "EVP_MD_CTX_free", result.digest_free) &&
                  find(library, "EVP_sha256", result.sha256) &&
                  find(library, "EVP_DigestInit_ex", result.digest_init) &&
                  find(library, "EVP_DigestUpdate", result.digest_update) &&
                  find(library, "EVP_DigestFinal_ex", result.digest_final) &&
                  find(library, "EVP_CIPHER_CTX_new", result.cipher_new) &&
                  find(library, "EVP_CIPHER_CTX_free", result.cipher_free) &&
                  find(library, "EVP_CIPHER_CTX_ctrl", result.cipher_control) &&
                  find(library, "EVP_aes_256_gcm", result.aes_256_gcm) &&
                  find(library, "EVP_CipherInit_ex", result.cipher_init) &&
                  find(library, "EVP_CipherUpdate", result.cipher_update) &&
                  find(library, "EVP_CipherFinal_ex", result.cipher_final);
  return result;
}

}  // namespace

const Libcrypto& libcrypto() {
  static const Libcrypto library = load();
  return library;
}

void* libcrypto_symbol(const char* name) {
  return opened() == nullptr ? nullptr : ::dlsym(opened(), name);
}

Error unusable() {
  return Error(ErrorId::kLibraryMissing, std::string(kLibraryName) + " could not be loaded or does not work")
      .with_hint("apt-get install libssl3");
}

}  // namespace nonvol::seal
