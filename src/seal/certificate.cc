#include "seal/certificate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <ctime>

#include "octets/text.h"
#include "seal/certificate_library.h"
#include "seal/libcrypto.h"

namespace nonvol::seal {
namespace {

using octets::Bytes;

// No bundle of certificates has more; a PEM file that says otherwise is cut off here.
constexpr std::size_t kMostCertificates = 4096;

std::string text_of(const std::vector<std::uint8_t>& bytes) {
  return {bytes.begin(), bytes.end()};
}

// RFC 2253, but with letters beyond ASCII as they are: the quoting of control characters stays.
std::string name_text(const X509_NAME* name) {
  const Owned<BIO> out = writing_bio();
  constexpr unsigned long kFlags = XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  if (out == nullptr || name == nullptr ||
      certificate_library().X509_NAME_print_ex(out.get(), name, 0, kFlags) < 0) {
    return {};
  }
  const std::string text = text_of(written(out.get()));
  return octets::is_utf8(text) ? text : std::string();
}

std::string common_name(const X509_NAME* name) {
  const CertificateLibrary& lib = certificate_library();
  std::string result;
  int position = -1;
  const auto next = [&] { return lib.X509_NAME_get_index_by_NID(name, NID_commonName, position); };
  // Each turn moves on by at least one entry of the name.
  for (position = next(); position >= 0; position = next()) {
    unsigned char* memory = nullptr;
    const int size_bytes = lib.ASN1_STRING_to_UTF8(
        &memory, lib.X509_NAME_ENTRY_get_data(lib.X509_NAME_get_entry(name, position)));
    const OwnedMemory<unsigned char> owner(memory);
    if (size_bytes >= 0 && memory != nullptr) result.assign(memory, memory + size_bytes);
  }
  const bool printable =
      octets::is_utf8(result) && std::ranges::none_of(result, [](unsigned char c) { return c < 0x20; });
  return printable ? result : std::string();
}

std::string time_text(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || certificate_library().ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string serial_text(const X509* certificate) {
  const CertificateLibrary& lib = certificate_library();
  const Owned<BIGNUM> number(lib.ASN1_INTEGER_to_BN(lib.X509_get0_serialNumber(certificate), nullptr));
  if (number == nullptr) return {};
  const OwnedMemory<char> hex(lib.BN_bn2hex(number.get()));
  std::string text = hex == nullptr ? std::string() : std::string(hex.get());
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

void read_key(const X509* certificate, Certificate& into) {
  const CertificateLibrary& lib = certificate_library();
  const EVP_PKEY* key = lib.X509_get0_pubkey(certificate);
  if (key == nullptr) return;
  const int kind = lib.EVP_PKEY_get_base_id(key);
  const char* short_name = lib.OBJ_nid2sn(kind);
  into.key_kind = kind == EVP_PKEY_RSA    ? "RSA"
                  : kind == EVP_PKEY_EC   ? "EC"
                  : short_name == nullptr ? "unknown"
                                          : short_name;
  into.key_bits = static_cast<unsigned>(std::max(0, lib.EVP_PKEY_get_bits(key)));
}

Error not_a_certificate(std::string message) {
  return Error(ErrorId::kNotACertificate, std::move(message));
}

bool looks_like_pem(Bytes bytes) {
  constexpr std::string_view kMark = "-----BEGIN ";
  return !std::ranges::search(bytes, kMark).empty();
}

}  // namespace

Result<Certificate> parse_certificate(Bytes der) {
  const CertificateLibrary& lib = certificate_library();
  if (!lib.loaded) return unusable();
  const Owned<X509> x509 = decode_x509(der);
  if (x509 == nullptr) {
    return not_a_certificate(fmt::format("the {} bytes do not begin with an X.509 certificate", der.size()));
  }
  Certificate result;
  result.der = encode(lib.i2d_X509, x509.get());
  result.to_be_signed = encode(lib.i2d_re_X509_tbs, x509.get());
  result.subject = name_text(lib.X509_get_subject_name(x509.get()));
  result.subject_common_name = common_name(lib.X509_get_subject_name(x509.get()));
  result.issuer = name_text(lib.X509_get_issuer_name(x509.get()));
  result.serial_hex = serial_text(x509.get());
  result.not_before = time_text(lib.X509_get0_notBefore(x509.get()));
  result.not_after = time_text(lib.X509_get0_notAfter(x509.get()));
  read_key(x509.get(), result);
  result.is_ca = lib.X509_check_ca(x509.get()) != 0;
  lib.ERR_clear_error();
  const Bytes whole[] = {result.der};
  const auto sha256 = digest(DigestAlgorithm::kSha256, whole);
  if (!sha256) return sha256.error();
  const auto sha1 = digest(DigestAlgorithm::kSha1, whole);
  if (!sha1) return sha1.error();
  std::ranges::copy(*sha256, result.sha256.begin());
  std::ranges::copy(*sha1, result.sha1.begin());
  return result;
}

Result<std::vector<Der>> decode_certificates(Bytes pem_or_der) {
  const CertificateLibrary& lib = certificate_library();
  if (!lib.loaded) return unusable();
  std::vector<Der> result;
  if (const Owned<X509> single = decode_x509(pem_or_der); single != nullptr) {
    result.push_back(encode(lib.i2d_X509, single.get()));
    return result;
  }
  if (pem_or_der.size() > kLargestInputBytes || !looks_like_pem(pem_or_der)) {
    return not_a_certificate(fmt::format(
        "the {} bytes are neither a certificate in DER nor text with '-----BEGIN'", pem_or_der.size()));
  }
  const Owned<BIO> in = reading_bio(pem_or_der);
  while (in != nullptr && result.size() < kMostCertificates) {
    const Owned<X509> next(lib.PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
    if (next == nullptr) break;
    result.push_back(encode(lib.i2d_X509, next.get()));
  }
  lib.ERR_clear_error();
  if (result.empty()) {
    return not_a_certificate("no PEM block of the text is a certificate that can be read");
  }
  return result;
}

}  // namespace nonvol::seal
