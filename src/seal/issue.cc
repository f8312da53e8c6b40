#include "seal/issue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>
#include <string_view>

#include "seal/certificate_library.h"
#include "seal/der.h"
#include "seal/libcrypto.h"
#include "seal/random.h"

namespace nonvol::seal {
namespace {

using octets::Bytes;

constexpr long kVersion3 = 2;
constexpr std::string_view kRootSuffix = " root";

Error failed(std::string what) {
  certificate_library().ERR_clear_error();
  return Error(ErrorId::kSigningFailed, std::move(what));
}

Error damaged(std::string what) {
  certificate_library().ERR_clear_error();
  return Error(ErrorId::kAuthorityDamaged, std::move(what));
}

struct CurveFacts {
  std::string_view name;
  std::size_t number_bytes;
  Der oid;
};

// RFC 5480, 2.1.1.1.
CurveFacts facts_of(EcCurve curve) {
  switch (curve) {
    case EcCurve::kP256:
      return {"P-256", 32, der_oid({1, 2, 840, 10045, 3, 1, 7})};
    case EcCurve::kP384:
      return {"P-384", 48, der_oid({1, 3, 132, 0, 34})};
    case EcCurve::kP521:
      return {"P-521", 66, der_oid({1, 3, 132, 0, 35})};
  }
  return {};
}

// SubjectPublicKeyInfo (RFC 3279, 2.3.1).
Der public_key_info(const RsaPublicKey& key) {
  static constexpr std::uint8_t kNull[] = {0x05, 0x00};
  const Der numbers = der_sequence({der_integer(key.modulus), der_integer(key.exponent)});
  return der_sequence({der_sequence({der_oid({1, 2, 840, 113549, 1, 1, 1}), kNull}), der_bits(numbers)});
}

// SubjectPublicKeyInfo (RFC 5480, 2); the point uncompressed (SEC 1, 2.3.3). Empty: the numbers are too long.
Der public_key_info(const EcPublicKey& key) {
  const CurveFacts facts = facts_of(key.curve);
  if (key.x.size() > facts.number_bytes || key.y.size() > facts.number_bytes) return {};
  Der point = {0x04};
  for (const auto* number : {&key.x, &key.y}) {
    point.insert(point.end(), facts.number_bytes - number->size(), 0);
    point.insert(point.end(), number->begin(), number->end());
  }
  return der_sequence({der_sequence({der_oid({1, 2, 840, 10045, 2, 1}), facts.oid}), der_bits(point)});
}

Owned<EVP_PKEY> decode_public_key(const PublicKey& key) {
  const Der info = std::visit([](const auto& one) { return public_key_info(one); }, key);
  const unsigned char* position = info.data();
  return Owned<EVP_PKEY>(
      certificate_library().d2i_PUBKEY(nullptr, &position, static_cast<long>(info.size())));
}

bool add_extension(X509* certificate, const Extension& extension) {
  static constexpr std::uint8_t kTrue[] = {0x01, 0x01, 0xff};
  const CertificateLibrary& lib = certificate_library();
  // RFC 5280, 4.1: what is not critical does not say so.
  const Der whole =
      der_sequence({extension.oid, extension.critical ? Bytes(kTrue) : Bytes(), der_octets(extension.value)});
  const unsigned char* position = whole.data();
  const Owned<X509_EXTENSION> decoded(
      lib.d2i_X509_EXTENSION(nullptr, &position, static_cast<long>(whole.size())));
  return decoded != nullptr && lib.X509_add_ext(certificate, decoded.get(), -1) == 1;
}

// One that OpenSSL computes from the certificates themselves.
bool add_computed(X509* certificate, X509* issuer, int nid, const char* value) {
  const CertificateLibrary& lib = certificate_library();
  X509V3_CTX context{};
  lib.X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(lib.X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension != nullptr && lib.X509_add_ext(certificate, extension.get(), -1) == 1;
}

// RFC 5280, 4.1.2.2: positive, and nobody can guess it or meet it again; so no file has to count.
bool set_random_serial(X509* certificate) {
  std::array<std::uint8_t, 16> serial{};
  if (!random_bytes(serial)) return false;
  // 16 bytes in DER too: no zero is added for the sign, and none left out.
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x7f) | 0x40);
  const CertificateLibrary& lib = certificate_library();
  return lib.ASN1_STRING_set(lib.X509_get_serialNumber(certificate), serial.data(),
                             static_cast<int>(serial.size())) == 1;
}

bool set_subject(X509* certificate, const std::string& common_name) {
  if (common_name.empty()) return true;
  const std::vector<unsigned char> text(common_name.begin(), common_name.end());
  const CertificateLibrary& lib = certificate_library();
  return lib.X509_NAME_add_entry_by_txt(lib.X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                        text.data(), static_cast<int>(text.size()), -1, 0) == 1;
}

bool set_time(ASN1_TIME* time, std::int64_t unix_seconds) {
  return certificate_library().ASN1_TIME_adj(time, static_cast<std::time_t>(unix_seconds), 0, 0) != nullptr;
}

std::optional<std::int64_t> seconds_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || certificate_library().ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return static_cast<std::int64_t>(::timegm(&parts));
}

std::string date_text(std::int64_t unix_seconds) {
  const auto time = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  if (::gmtime_r(&time, &parts) == nullptr) return fmt::format("second {}", unix_seconds);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

// RFC 5280, 6.1.3: a certificate counts while all those above it are valid. So it begins while its issuer's
// is, and ends with it at the latest.
Result<Validity> within_issuer(const X509* issuer, const Validity& wanted) {
  const CertificateLibrary& lib = certificate_library();
  const std::optional<std::int64_t> begin = seconds_of(lib.X509_get0_notBefore(issuer));
  const std::optional<std::int64_t> end = seconds_of(lib.X509_get0_notAfter(issuer));
  if (!begin || !end) return damaged("the dates of the signing certificate are no dates");
  if (wanted.not_before_unix_seconds < *begin) {
    return damaged(fmt::format("the signing certificate is not valid before {}, and it is {}",
                               date_text(*begin), date_text(wanted.not_before_unix_seconds)));
  }
  if (wanted.not_before_unix_seconds > *end) {
    return damaged(fmt::format("the signing certificate expired {}, and it is {}", date_text(*end),
                               date_text(wanted.not_before_unix_seconds)));
  }
  return Validity{wanted.not_before_unix_seconds, std::min(wanted.not_after_unix_seconds, *end)};
}

// All but extensions and signature; nullptr where OpenSSL cannot.
Owned<X509> begin_certificate(EVP_PKEY* key, const std::string& common_name, const Validity& validity,
                              X509* issuer) {
  const CertificateLibrary& lib = certificate_library();
  Owned<X509> certificate(lib.X509_new());
  if (certificate == nullptr) return nullptr;
  X509* of = certificate.get();
  if (lib.X509_set_version(of, kVersion3) != 1 || !set_random_serial(of) || !set_subject(of, common_name) ||
      lib.X509_set_issuer_name(of, lib.X509_get_subject_name(issuer == nullptr ? of : issuer)) != 1 ||
      !set_time(lib.X509_getm_notBefore(of), validity.not_before_unix_seconds) ||
      !set_time(lib.X509_getm_notAfter(of), validity.not_after_unix_seconds) ||
      lib.X509_set_pubkey(of, key) != 1) {
    return nullptr;
  }
  return certificate;
}

Result<void> check_names(std::string_view common_name, std::size_t longest, const Validity& validity) {
  if (common_name.size() > longest) {
    return failed(
        fmt::format("the common name has {} bytes, at most {} are possible", common_name.size(), longest));
  }
  if (validity.not_before_unix_seconds > validity.not_after_unix_seconds ||
      validity.not_after_unix_seconds > kNeverExpires) {
    return failed(fmt::format("the certificate is to be valid from second {} to {}, the last possible is {}",
                              validity.not_before_unix_seconds, validity.not_after_unix_seconds,
                              kNeverExpires));
  }
  return {};
}

struct KeyAndCertificate {
  Owned<EVP_PKEY> key;
  Owned<X509> certificate;
};

// Signed by the issuer, or by itself where there is none. RFC 5280, 4.2.1.2, 4.2.1.3 and 4.2.1.9, say what
// the certificate of an authority has to have.
KeyAndCertificate make_step(const std::string& common_name, const Validity& validity,
                            const KeyAndCertificate* issuer, const char* constraints) {
  const CertificateLibrary& lib = certificate_library();
  KeyAndCertificate made;
  made.key.reset(lib.EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"));
  if (made.key == nullptr) return {};
  X509* above = issuer == nullptr ? nullptr : issuer->certificate.get();
  made.certificate = begin_certificate(made.key.get(), common_name, validity, above);
  if (made.certificate == nullptr) return {};
  X509* of = made.certificate.get();
  EVP_PKEY* signs = issuer == nullptr ? made.key.get() : issuer->key.get();
  X509* signed_by = above == nullptr ? of : above;
  if (!add_computed(of, signed_by, NID_basic_constraints, constraints) ||
      !add_computed(of, signed_by, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !add_computed(of, signed_by, NID_subject_key_identifier, "hash") ||
      !add_computed(of, signed_by, NID_authority_key_identifier, "keyid:always") ||
      lib.X509_sign(of, signs, lib.EVP_sha384()) <= 0) {
    return {};
  }
  return made;
}

std::string certificate_pem(X509* certificate) {
  const Owned<BIO> out = writing_bio();
  if (out == nullptr || certificate_library().PEM_write_bio_X509(out.get(), certificate) != 1) return {};
  const std::vector<std::uint8_t> text = written(out.get());
  return {text.begin(), text.end()};
}

std::string key_pem(EVP_PKEY* key) {
  const Owned<BIO> out = writing_bio();
  if (out == nullptr || certificate_library().PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0,
                                                                       nullptr, nullptr) != 1) {
    return {};
  }
  const std::vector<std::uint8_t> text = written(out.get());
  return {text.begin(), text.end()};
}

Result<KeyAndCertificate> read_signer(const Signer& signer) {
  const CertificateLibrary& lib = certificate_library();
  const std::vector<std::uint8_t> text(signer.certificate_pem.begin(), signer.certificate_pem.end());
  const Owned<BIO> in = text.size() > kLargestInputBytes ? nullptr : reading_bio(text);
  KeyAndCertificate result;
  if (in != nullptr) result.certificate.reset(lib.PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  if (result.certificate == nullptr) {
    return damaged(fmt::format("the {} bytes of the signing certificate are no certificate in PEM",
                               signer.certificate_pem.size()));
  }
  result.key = decode_private_key(signer.key_pem);
  if (result.key == nullptr) {
    return damaged(
               fmt::format("the {} bytes of the signing key are no private key in PEM, or it is encrypted",
                           signer.key_pem.size()))
        .with_hint("openssl pkey -in KEY -out PLAIN-KEY.pem");
  }
  if (lib.X509_check_private_key(result.certificate.get(), result.key.get()) != 1) {
    return damaged("the signing key is not that of the signing certificate");
  }
  if (lib.X509_check_ca(result.certificate.get()) == 0) {
    return damaged("the signing certificate is not one of an authority: its basic constraints do not say CA");
  }
  return result;
}

}  // namespace

std::string_view to_string(EcCurve curve) {
  return facts_of(curve).name;
}

Result<Authority> make_authority(const AuthorityRequest& request) {
  if (!certificate_library().loaded) return unusable();
  if (request.common_name.empty()) return failed("the authority's common name is empty");
  if (const auto fits =
          check_names(request.common_name, kLongestCommonNameBytes - kRootSuffix.size(), request.validity);
      !fits) {
    return fits.error();
  }
  const KeyAndCertificate root = make_step(request.common_name + std::string(kRootSuffix), request.validity,
                                           nullptr, "critical,CA:TRUE");
  if (root.certificate == nullptr) return failed("OpenSSL could not make the root's certificate");
  // No authority may stand below the one that signs.
  const KeyAndCertificate signing =
      make_step(request.common_name, request.validity, &root, "critical,CA:TRUE,pathlen:0");
  if (signing.certificate == nullptr) return failed("OpenSSL could not make the signing certificate");
  Authority result;
  result.root_certificate_pem = certificate_pem(root.certificate.get());
  result.root_key_pem = key_pem(root.key.get());
  result.signing_certificate_pem = certificate_pem(signing.certificate.get());
  result.signing_key_pem = key_pem(signing.key.get());
  for (const std::string* text : {&result.root_certificate_pem, &result.root_key_pem,
                                  &result.signing_certificate_pem, &result.signing_key_pem}) {
    if (text->empty()) return failed("OpenSSL could not write the authority's keys and certificates as PEM");
  }
  return result;
}

Result<Der> issue_certificate(const Signer& signer, const CertificateRequest& request) {
  const CertificateLibrary& lib = certificate_library();
  if (!lib.loaded) return unusable();
  if (const auto fits = check_names(request.common_name, kLongestCommonNameBytes, request.validity); !fits) {
    return fits.error();
  }
  const Result<KeyAndCertificate> by = read_signer(signer);
  if (!by) return by.error();
  const Result<Validity> validity = within_issuer(by->certificate.get(), request.validity);
  if (!validity) return validity.error();
  const Owned<EVP_PKEY> key = decode_public_key(request.key);
  if (key == nullptr) return failed("the key to be certified is no RSA key and no point of its curve");
  const Owned<X509> certificate =
      begin_certificate(key.get(), request.common_name, *validity, by->certificate.get());
  if (certificate == nullptr) return failed("OpenSSL could not begin the certificate");
  for (const Extension& extension : request.extensions) {
    if (!add_extension(certificate.get(), extension)) return failed("OpenSSL did not take an extension");
  }
  if (!add_computed(certificate.get(), by->certificate.get(), NID_authority_key_identifier, "keyid:always") ||
      lib.X509_sign(certificate.get(), by->key.get(), lib.EVP_sha384()) <= 0) {
    return failed("OpenSSL could not sign the certificate");
  }
  Der result = encode(lib.i2d_X509, certificate.get());
  if (result.empty()) return failed("OpenSSL could not write the certificate");
  return result;
}

}  // namespace nonvol::seal
