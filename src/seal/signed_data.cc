#include "seal/signed_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "seal/libcrypto.h"
#include "seal/pkcs7.h"

namespace nonvol::seal {
namespace {

using octets::Bytes;

// 1.2.840.113549.1.7.2 (RFC 2315, section 14) with its tag and length.
constexpr std::array<std::uint8_t, 11> kSignedDataOid = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                                         0xf7, 0x0d, 0x01, 0x07, 0x02};
constexpr std::array<std::uint8_t, 9> kSha256Oid = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01};

// edk2 (WrapPkcs7Data) writes both lengths in two bytes, whatever they are; more does not fit.
constexpr std::size_t kLargestBareBytes = 0xffff - 15;

bool has_content_info(Bytes bytes) {
  return bytes.size() > 17 && std::ranges::equal(bytes.subspan(4, 11), kSignedDataOid) && bytes[15] == 0xa0 &&
         bytes[16] == 0x82;
}

std::vector<std::uint8_t> with_content_info(Bytes bare) {
  const auto high = [](std::size_t size_bytes) { return static_cast<std::uint8_t>(size_bytes >> 8); };
  const auto low = [](std::size_t size_bytes) { return static_cast<std::uint8_t>(size_bytes); };
  const std::size_t inner = bare.size();
  const std::size_t outer = inner + kSignedDataOid.size() + 4;
  std::array<std::uint8_t, 19> head = {0x30, 0x82, high(outer), low(outer)};
  std::ranges::copy(kSignedDataOid, head.begin() + 4);
  std::ranges::copy(std::array<std::uint8_t, 4>{0xa0, 0x82, high(inner), low(inner)}, head.begin() + 15);
  std::vector<std::uint8_t> result(head.size() + inner);
  std::ranges::copy(head, result.begin());
  std::ranges::copy(bare, result.begin() + head.size());
  return result;
}

Error not_signed_data(std::string message) {
  certificate_library().ERR_clear_error();
  return Error(ErrorId::kNotSignedData, std::move(message));
}

Result<Owned<EVP_PKEY>> read_private_key(std::string_view pem) {
  Owned<EVP_PKEY> key = decode_private_key(pem);
  if (key == nullptr) {
    return Error(ErrorId::kBadPrivateKey,
                 fmt::format("the {} bytes hold no private key in PEM, or one that is encrypted", pem.size()))
        .with_hint("openssl pkey -in KEY -out PLAIN-KEY.pem");
  }
  return key;
}

}  // namespace

Result<Owned<PKCS7>> decode_signed_data(Bytes signed_data) {
  const CertificateLibrary& lib = certificate_library();
  if (!lib.loaded) return unusable();
  const bool wrapped = has_content_info(signed_data);
  if (!wrapped && signed_data.size() > kLargestBareBytes) {
    return not_signed_data(fmt::format("the bare SignedData has {} bytes, edk2 reads at most {}",
                                       signed_data.size(), kLargestBareBytes));
  }
  const std::vector<std::uint8_t> bytes =
      wrapped ? std::vector<std::uint8_t>(signed_data.begin(), signed_data.end())
              : with_content_info(signed_data);
  if (bytes.size() > kLargestInputBytes) {
    return not_signed_data(
        fmt::format("the signature has {} bytes, at most {} are read", bytes.size(), kLargestInputBytes));
  }
  const unsigned char* position = bytes.data();
  Owned<PKCS7> message(lib.d2i_PKCS7(nullptr, &position, static_cast<long>(bytes.size())));
  if (message == nullptr || lib.OBJ_obj2nid(message->type) != NID_pkcs7_signed ||
      message->d.sign == nullptr || message->d.sign->contents == nullptr) {
    return not_signed_data(fmt::format("the {} bytes are no PKCS #7 SignedData", signed_data.size()));
  }
  return message;
}

std::optional<std::size_t> verify_decoded(PKCS7* message, Bytes content, std::span<const Bytes> trusted) {
  const CertificateLibrary& lib = certificate_library();
  std::optional<std::size_t> result;
  if (content.empty() || content.size() > kLargestInputBytes) return result;
  // One at a time: several certificates of one store could form a chain together that edk2 never sees.
  for (std::size_t i = 0; i < trusted.size() && !result; ++i) {
    const Owned<X509> anchor = decode_x509(trusted[i]);
    if (anchor == nullptr) continue;
    const Owned<X509_STORE> store(lib.X509_STORE_new());
    const Owned<BIO> in = reading_bio(content);
    if (store == nullptr || in == nullptr || lib.X509_STORE_add_cert(store.get(), anchor.get()) != 1)
      continue;
    lib.X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
    lib.X509_STORE_set_purpose(store.get(), X509_PURPOSE_ANY);
    if (lib.PKCS7_verify(message, nullptr, store.get(), in.get(), nullptr, PKCS7_BINARY) == 1) result = i;
  }
  lib.ERR_clear_error();
  return result;
}

Result<std::optional<std::size_t>> verify_signed_data(Bytes signed_data, Bytes content,
                                                      std::span<const Bytes> trusted) {
  const Result<Owned<PKCS7>> message = decode_signed_data(signed_data);
  if (!message) return message.error();
  return verify_decoded(message->get(), content, trusted);
}

Result<std::vector<Der>> signer_certificates(Bytes signed_data) {
  const CertificateLibrary& lib = certificate_library();
  const Result<Owned<PKCS7>> message = decode_signed_data(signed_data);
  if (!message) return message.error();
  std::vector<Der> result;
  // The stack is ours, the certificates in it are the message's.
  auto* stack = ossl_check_X509_sk_type(lib.PKCS7_get0_signers(message->get(), nullptr, PKCS7_BINARY));
  for (int i = 0; i < lib.OPENSSL_sk_num(stack); ++i) {
    result.push_back(encode(lib.i2d_X509, static_cast<X509*>(lib.OPENSSL_sk_value(stack, i))));
  }
  lib.OPENSSL_sk_free(stack);
  lib.ERR_clear_error();
  return result;
}

bool is_bare_with_sha256(Bytes signed_data) {
  // AuthService.c: the outer length in two bytes puts the algorithm's OID at 13.
  constexpr std::size_t kOidOffset = 13;
  return signed_data.size() >= kOidOffset + kSha256Oid.size() && (signed_data[1] & 0x82) == 0x82 &&
         std::ranges::equal(signed_data.subspan(kOidOffset, kSha256Oid.size()), kSha256Oid);
}

Result<std::vector<std::uint8_t>> sign_detached(Bytes content, Bytes certificate_der,
                                                std::string_view private_key_pem) {
  const CertificateLibrary& lib = certificate_library();
  if (!lib.loaded) return unusable();
  const Owned<X509> certificate = decode_x509(certificate_der);
  if (certificate == nullptr) {
    return Error(ErrorId::kNotACertificate, "the signer's certificate cannot be read");
  }
  const Result<Owned<EVP_PKEY>> key = read_private_key(private_key_pem);
  if (!key) return key.error();
  if (lib.X509_check_private_key(certificate.get(), key->get()) != 1) {
    lib.ERR_clear_error();
    return Error(ErrorId::kBadPrivateKey, "the private key is not that of the signer's certificate");
  }
  const Owned<BIO> in = reading_bio(content);
  const Owned<PKCS7> message(
      in == nullptr ? nullptr
                    : lib.PKCS7_sign(certificate.get(), key->get(), nullptr, in.get(),
                                     PKCS7_BINARY | PKCS7_DETACHED | PKCS7_NOATTR | PKCS7_NOSMIMECAP));
  std::vector<std::uint8_t> result;
  if (message != nullptr) result = encode(lib.i2d_PKCS7_SIGNED, message->d.sign);
  if (!is_bare_with_sha256(result)) {
    lib.ERR_clear_error();
    return Error(ErrorId::kSigningFailed,
                 "OpenSSL could not sign with SHA-256 in the form that edk2 reads; it takes an RSA key");
  }
  return result;
}

}  // namespace nonvol::seal
