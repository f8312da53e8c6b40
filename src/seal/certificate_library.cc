#include "seal/certificate_library.h"

#include "seal/libcrypto.h"

namespace nonvol::seal {
namespace {

template <class Function>
bool find(const char* name, Function& function) {
  function = reinterpret_cast<Function>(libcrypto_symbol(name));
  return function != nullptr;
}

CertificateLibrary load() {
  CertificateLibrary result{};
  result.loaded = libcrypto().loaded;
#define NONVOL_FIND_FUNCTION(name) result.loaded = result.loaded && find(#name, result.name);
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
