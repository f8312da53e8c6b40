#pragma once

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "outcome/result.h"

namespace nonvol::seal {

// What CBC, HMAC and PBKDF2 need of libcrypto, apart from the table in libcrypto.h so that a library that
// lacks one of these can still digest and encrypt. Inside this folder only. The names are OpenSSL's.
#define NONVOL_SYMMETRIC_FUNCTIONS(use)                                                             \
  use(CRYPTO_memcmp) use(EVP_CIPHER_CTX_set_padding) use(EVP_MAC_CTX_free) use(EVP_MAC_CTX_new)     \
      use(EVP_MAC_fetch) use(EVP_MAC_final) use(EVP_MAC_free) use(EVP_MAC_init) use(EVP_MAC_update) \
          use(EVP_aes_128_cbc) use(EVP_aes_256_cbc) use(EVP_sha512) use(OSSL_PARAM_construct_end)   \
              use(OSSL_PARAM_construct_utf8_string) use(PKCS5_PBKDF2_HMAC)

struct SymmetricLibrary {
#define NONVOL_DECLARE_FUNCTION(name) decltype(&::name) name;
  NONVOL_SYMMETRIC_FUNCTIONS(NONVOL_DECLARE_FUNCTION)
#undef NONVOL_DECLARE_FUNCTION
  bool loaded = false;
};

// Loaded when it is first asked for, once in a process. Any number of threads.
const SymmetricLibrary& symmetric_library();

}  // namespace nonvol::seal
