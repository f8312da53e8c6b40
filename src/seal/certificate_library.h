#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"

namespace nonvol::seal {

// What certificates and signatures need of libcrypto, apart from the table in libcrypto.h so that a library
// that lacks one of these can still digest and encrypt. Inside this folder only. The names are OpenSSL's.
#define NONVOL_CERTIFICATE_FUNCTIONS(use)                                                                    \
  use(ASN1_INTEGER_set_uint64) use(ASN1_INTEGER_to_BN) use(ASN1_STRING_get0_data) use(                       \
      ASN1_STRING_length) use(ASN1_STRING_set) use(X509V3_set_ctx) use(d2i_PUBKEY) use(d2i_X509_EXTENSION)   \
      use(ASN1_STRING_to_UTF8) use(ASN1_TIME_adj) use(ASN1_TIME_to_tm) use(BIO_ctrl) use(BIO_free) use(      \
          BIO_new) use(BIO_new_mem_buf) use(BIO_s_mem) use(BN_bn2hex) use(BN_free) use(CRYPTO_free)          \
          use(ERR_clear_error) use(EVP_PKEY_Q_keygen) use(EVP_PKEY_free) use(EVP_PKEY_get_base_id) use(      \
              EVP_PKEY_get_bits) use(EVP_sha1) use(EVP_sha256) use(EVP_sha384) use(EVP_sha512)               \
              use(OBJ_nid2sn) use(OBJ_obj2nid) use(OBJ_obj2txt) use(OPENSSL_sk_free) use(                    \
                  OPENSSL_sk_num) use(OPENSSL_sk_value) use(PEM_read_bio_PrivateKey) use(PEM_read_bio_X509)  \
                  use(PEM_write_bio_PrivateKey) use(PEM_write_bio_X509) use(PKCS7_free) use(                 \
                      PKCS7_get0_signers) use(PKCS7_sign) use(PKCS7_verify) use(X509V3_EXT_conf_nid)         \
                      use(X509_EXTENSION_free) use(X509_NAME_ENTRY_get_data) use(X509_NAME_add_entry_by_txt) \
                          use(X509_NAME_get_entry) use(X509_NAME_get_index_by_NID) use(X509_NAME_print_ex)   \
                              use(X509_STORE_add_cert) use(X509_STORE_free) use(X509_STORE_new)              \
                                  use(X509_STORE_set_flags) use(X509_STORE_set_purpose) use(X509_add_ext)    \
                                      use(X509_check_ca) use(X509_check_private_key) use(X509_free)          \
                                          use(X509_get0_notAfter) use(X509_get0_notBefore)                   \
                                              use(X509_get0_pubkey) use(X509_get0_serialNumber)              \
                                                  use(X509_get_serialNumber) use(X509_get_issuer_name)       \
                                                      use(X509_get_subject_name) use(X509_getm_notAfter)     \
                                                          use(X509_getm_notBefore) use(X509_new)             \
                                                              use(X509_set_issuer_name) use(X509_set_pubkey) \
                                                                  use(X509_set_version) use(X509_sign)       \
                                                                      use(d2i_PKCS7) use(d2i_X509)           \
                                                                          use(i2d_PKCS7_SIGNED)              \
                                                                              use(i2d_X509)                  \
                                                                                  use(i2d_re_X509_tbs)

struct CertificateLibrary {
#define NONVOL_DECLARE_FUNCTION(name) decltype(&::name) name;
  NONVOL_CERTIFICATE_FUNCTIONS(NONVOL_DECLARE_FUNCTION)
#undef NONVOL_DECLARE_FUNCTION
  bool loaded = false;
};

const CertificateLibrary& certificate_library();

// OpenSSL's objects, freed with their scope. Each is only ever made when the library is loaded.
struct FreeWithLibrary {
  void operator()(X509* certificate) const { certificate_library().X509_free(certificate); }
  void operator()(PKCS7* message) const { certificate_library().PKCS7_free(message); }
  void operator()(EVP_PKEY* key) const { certificate_library().EVP_PKEY_free(key); }
  void operator()(X509_STORE* store) const { certificate_library().X509_STORE_free(store); }
  void operator()(BIO* bio) const { certificate_library().BIO_free(bio); }
  void operator()(BIGNUM* number) const { certificate_library().BN_free(number); }
  void operator()(X509_EXTENSION* extension) const { certificate_library().X509_EXTENSION_free(extension); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeWithLibrary>;

// Memory that OpenSSL allocated and its caller has to free.
struct FreeMemory {
  void operator()(void* memory) const { certificate_library().CRYPTO_free(memory, __FILE__, __LINE__); }
};
template <class T>
using OwnedMemory = std::unique_ptr<T, FreeMemory>;

// OpenSSL takes lengths as int and long; nothing here comes near.
inline constexpr std::size_t kLargestInputBytes = std::size_t{64} << 20;

// nullptr where the bytes do not begin with a certificate. Bytes behind it are not looked at, as edk2 does.
Owned<X509> decode_x509(octets::Bytes der);

// nullptr where the text holds no private key in PEM, or one that is encrypted: nobody is asked for the
// words.
Owned<EVP_PKEY> decode_private_key(std::string_view pem);

// Reads from `bytes`, which must outlive it.
Owned<BIO> reading_bio(octets::Bytes bytes);
Owned<BIO> writing_bio();
std::vector<std::uint8_t> written(BIO* bio);

// The encoding that a function of the i2d family gives; empty when it fails.
template <class Encode, class Object>
std::vector<std::uint8_t> encode(Encode encode_with, Object* object) {
  unsigned char* memory = nullptr;
  const int size_bytes = encode_with(object, &memory);
  const OwnedMemory<unsigned char> owner(memory);
  if (size_bytes <= 0 || memory == nullptr) return {};
  return {memory, memory + size_bytes};
}

}  // namespace nonvol::seal
