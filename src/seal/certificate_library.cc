#include "seal/certificate_library.h"

#include "seal/libcrypto.h"

namespace nonvol::seal {
namespace {

// Never asks anybody: without this OpenSSL would put a question on the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

CertificateLibrary load() {
  CertificateLibrary result{};
  result.loaded = libcrypto().loaded;
#define NONVOL_FIND_FUNCTION(name) result.loaded = result.loaded && find_in_libcrypto(#name, result.name);
  NONVOL_CERTIFICATE_FUNCTIONS(NONVOL_FIND_FUNCTION)
#undef NONVOL_FIND_FUNCTION
  return result;
}

}  // namespace

const CertificateLibrary& certificate_library() {
  static const CertificateLibrary library = load();
  return library;
}

Owned<X509> decode_x509(octets::Bytes der) {
  if (der.empty() || der.size() > kLargestInputBytes) return nullptr;
  const unsigned char* position = der.data();
  Owned<X509> certificate(certificate_library().d2i_X509(nullptr, &position, static_cast<long>(der.size())));
  if (certificate == nullptr) certificate_library().ERR_clear_error();
  return certificate;
}

Owned<EVP_PKEY> decode_private_key(std::string_view pem) {
  const CertificateLibrary& lib = certificate_library();
  const std::vector<std::uint8_t> text(pem.begin(), pem.end());
  const Owned<BIO> in = text.size() > kLargestInputBytes ? nullptr : reading_bio(text);
  if (in == nullptr) return nullptr;
  Owned<EVP_PKEY> key(lib.PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr) lib.ERR_clear_error();
  return key;
}

Owned<BIO> reading_bio(octets::Bytes bytes) {
  static constexpr char kNothing = 0;
  // Of no bytes there need not be a place, which the function does not allow.
  const void* place = bytes.empty() ? static_cast<const void*>(&kNothing) : bytes.data();
  return Owned<BIO>(certificate_library().BIO_new_mem_buf(place, static_cast<int>(bytes.size())));
}

Owned<BIO> writing_bio() {
  return Owned<BIO>(certificate_library().BIO_new(certificate_library().BIO_s_mem()));
}

std::vector<std::uint8_t> written(BIO* bio) {
  unsigned char* memory = nullptr;
  const long size_bytes = certificate_library().BIO_ctrl(bio, BIO_CTRL_INFO, 0, &memory);
  if (size_bytes <= 0 || memory == nullptr) return {};
  return {memory, memory + size_bytes};
}

}  // namespace nonvol::seal
