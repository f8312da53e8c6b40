#pragma once

#include <openssl/evp.h>

#include "outcome/result.h"

namespace nonvol::seal {

// OpenSSL's libcrypto, opened when it is first asked for, once in a process; any number of threads may be the
// first. Inside this folder only.
//
// The functions used, with the types that OpenSSL's own headers give them.
struct Libcrypto {
  decltype(&::EVP_MD_CTX_new) digest_new;
  decltype(&::EVP_MD_CTX_free) digest_free;
  decltype(&::EVP_sha256) sha256;
  decltype(&::EVP_DigestInit_ex) digest_init;
  decltype(&::EVP_DigestUpdate) digest_update;
  decltype(&::EVP_DigestFinal_ex) digest_final;
  decltype(&::EVP_CIPHER_CTX_new) cipher_new;
  decltype(&::EVP_CIPHER_CTX_free) cipher_free;
  decltype(&::EVP_CIPHER_CTX_ctrl) cipher_control;
  decltype(&::EVP_aes_256_gcm) aes_256_gcm;
  decltype(&::EVP_CipherInit_ex) cipher_init;
  decltype(&::EVP_CipherUpdate) cipher_update;
  decltype(&::EVP_CipherFinal_ex) cipher_final;
  bool loaded = false;  // false: there is no such library, or it lacks one of these
};

const Libcrypto& libcrypto();

// Any other function of the library, for a table of its own; nullptr where it has none of that name.
void* libcrypto_symbol(const char* name);
template <class Function>
bool find_in_libcrypto(const char* name, Function& function) {
  function = reinterpret_cast<Function>(libcrypto_symbol(name));
  return function != nullptr;
}

// kLibraryMissing: not loaded, or a function of it failed that cannot fail for any other reason.
Error unusable();

}  // namespace nonvol::seal
