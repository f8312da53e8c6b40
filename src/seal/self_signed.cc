#include <fmt/format.h>

#include <array>
#include <ctime>

#include "seal/certificate.h"
#include "seal/certificate_library.h"
#include "seal/libcrypto.h"
#include "seal/random.h"

namespace nonvol::seal {
namespace {

constexpr std::size_t kKeyBits = 2048;
constexpr long kVersion3 = 2;
// ub-common-name of RFC 5280, appendix A.1.
constexpr std::size_t kLongestCommonName = 64;

Error failed(std::string what) {
  certificate_library().ERR_clear_error();
  return Error(ErrorId::kSigningFailed, std::move(what));
}

bool add_extension(X509* certificate, int nid, const char* value) {
  const CertificateLibrary& lib = certificate_library();
  const Owned<X509_EXTENSION> extension(lib.X509V3_EXT_conf_nid(nullptr, nullptr, nid, value));
  return extension != nullptr && lib.X509_add_ext(certificate, extension.get(), -1) == 1;
}

// A serial that no other certificate of the same name has, positive as RFC 5280, 4.1.2.2, wants it.
Result<std::uint64_t> random_serial() {
  std::array<std::uint8_t, 8> bytes{};
  if (Result<void> filled = random_bytes(bytes); !filled) return filled.error();
  std::uint64_t serial = 0;
  for (const std::uint8_t byte : bytes) serial = serial << 8 | byte;
  return (serial >> 1) | 1;
}

bool fill(X509* certificate, EVP_PKEY* key, const SelfSignedRequest& request, std::uint64_t serial) {
  const CertificateLibrary& lib = certificate_library();
  X509_NAME* name = lib.X509_get_subject_name(certificate);
  const std::vector<unsigned char> text(request.common_name.begin(), request.common_name.end());
  const auto begin = static_cast<std::time_t>(request.not_before_unix_seconds);
  return lib.X509_set_version(certificate, kVersion3) == 1 &&
         lib.ASN1_INTEGER_set_uint64(lib.X509_get_serialNumber(certificate), serial) == 1 &&
         lib.X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text.data(), static_cast<int>(text.size()),
                                        -1, 0) == 1 &&
         lib.X509_set_issuer_name(certificate, name) == 1 &&
         lib.ASN1_TIME_adj(lib.X509_getm_notBefore(certificate), begin, 0, 0) != nullptr &&
         lib.ASN1_TIME_adj(lib.X509_getm_notAfter(certificate), begin, static_cast<int>(request.days), 0) !=
             nullptr &&
         lib.X509_set_pubkey(certificate, key) == 1 &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
         lib.X509_sign(certificate, key, lib.EVP_sha256()) > 0;
}

}  // namespace

Result<SelfSigned> make_self_signed(const SelfSignedRequest& request) {
  const CertificateLibrary& lib = certificate_library();
  if (!lib.loaded) return unusable();
  if (request.common_name.empty() || request.common_name.size() > kLongestCommonName) {
    return failed(fmt::format("the common name has {} bytes, a certificate takes 1 to {}",
                              request.common_name.size(), kLongestCommonName));
  }
  constexpr unsigned kMostDays = 365 * 100;
  if (request.days == 0 || request.days > kMostDays) {
    return failed(fmt::format("the certificate is to be valid for {} days, 1 to {} are possible",
                              request.days, kMostDays));
  }
  const Result<std::uint64_t> serial = random_serial();
  if (!serial) return serial.error();
  const Owned<EVP_PKEY> key(lib.EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", kKeyBits));
  const Owned<X509> certificate(lib.X509_new());
  if (key == nullptr || certificate == nullptr || !fill(certificate.get(), key.get(), request, *serial)) {
    return failed("OpenSSL could not make the certificate");
  }
  const Owned<BIO> certificate_out = writing_bio();
  if (certificate_out == nullptr || lib.PEM_write_bio_X509(certificate_out.get(), certificate.get()) != 1) {
    return failed("OpenSSL could not write the certificate");
  }
  const Owned<BIO> out = writing_bio();
  if (out == nullptr ||
      lib.PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return failed("OpenSSL could not write the private key");
  }
  SelfSigned result;
  result.certificate = encode(lib.i2d_X509, certificate.get());
  const std::vector<std::uint8_t> certificate_pem = written(certificate_out.get());
  result.certificate_pem.assign(certificate_pem.begin(), certificate_pem.end());
  const std::vector<std::uint8_t> key_pem = written(out.get());
  result.private_key_pem.assign(key_pem.begin(), key_pem.end());
  return result;
}

}  // namespace nonvol::seal
