#include "seal/authenticode.h"

#include <fmt/format.h>

#include <algorithm>

#include "seal/libcrypto.h"
#include "seal/pkcs7.h"
#include "seal/signed_data.h"

namespace nonvol::seal {
namespace {

using octets::Bytes;

constexpr std::string_view kIndirectData = "1.3.6.1.4.1.311.2.1.4";

std::string oid_text(const ASN1_OBJECT* object) {
  std::array<char, 80> text{};
  if (object == nullptr ||
      certificate_library().OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1) <= 0) {
    return {};
  }
  return text.data();
}

Error refused(std::string message) {
  return Error(ErrorId::kNotSignedData, std::move(message));
}

// SpcIndirectDataContent without its own tag and length, which is what is signed. edk2 reads lengths of one
// byte, or of two behind 0x82.
Result<Bytes> signed_content(const PKCS7* message) {
  const PKCS7* contents = message->d.sign->contents;
  const std::string kind = oid_text(contents->type);
  if (kind != kIndirectData) {
    return refused(
        fmt::format("the signature's content is of type {}, Authenticode has {}", kind, kIndirectData));
  }
  const ASN1_TYPE* value = contents->d.other;
  if (value == nullptr || value->type != V_ASN1_SEQUENCE || value->value.sequence == nullptr) {
    return refused("the signature's content is no ASN.1 SEQUENCE");
  }
  const CertificateLibrary& lib = certificate_library();
  const int size_bytes = lib.ASN1_STRING_length(value->value.sequence);
  const Bytes whole(lib.ASN1_STRING_get0_data(value->value.sequence),
                    static_cast<std::size_t>(std::max(size_bytes, 0)));
  std::size_t header_bytes = 0;
  std::size_t length_bytes = 0;
  if (whole.size() >= 2 && whole[1] < 0x80) {
    header_bytes = 2;
    length_bytes = whole[1];
  } else if (whole.size() >= 4 && whole[1] == 0x82) {
    header_bytes = 4;
    length_bytes = static_cast<std::size_t>(whole[2] << 8 | whole[3]);
  }
  if (header_bytes == 0 || length_bytes > whole.size() - header_bytes) {
    return refused(fmt::format("the signature's content has {} bytes and a length that edk2 does not read",
                               whole.size()));
  }
  return whole.subspan(header_bytes, length_bytes);
}

// edk2 (HashPeImageByType) takes the program's digest to be of the first algorithm that the SignedData names.
std::optional<DigestAlgorithm> first_algorithm(const PKCS7* message) {
  const CertificateLibrary& lib = certificate_library();
  const auto* algorithms = ossl_check_const_X509_ALGOR_sk_type(message->d.sign->md_algs);
  if (lib.OPENSSL_sk_num(algorithms) < 1) return std::nullopt;
  const auto* first = static_cast<const X509_ALGOR*>(lib.OPENSSL_sk_value(algorithms, 0));
  switch (lib.OBJ_obj2nid(first->algorithm)) {
    case NID_sha1:
      return DigestAlgorithm::kSha1;
    case NID_sha256:
      return DigestAlgorithm::kSha256;
    case NID_sha384:
      return DigestAlgorithm::kSha384;
    case NID_sha512:
      return DigestAlgorithm::kSha512;
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<AuthenticodeClaim> read_authenticode(Bytes signed_data) {
  const Result<Owned<PKCS7>> message = decode_signed_data(signed_data);
  if (!message) return message.error();
  const Result<Bytes> content = signed_content(message->get());
  if (!content) return content.error();
  const std::optional<DigestAlgorithm> algorithm = first_algorithm(message->get());
  if (!algorithm) return refused("the signature's digest algorithm is none that edk2 knows");
  const std::size_t digest_bytes = digest_size_bytes(*algorithm);
  if (content->size() < digest_bytes) {
    return refused(fmt::format("the signature's content has {} bytes, its {} digest alone needs {}",
                               content->size(), to_string(*algorithm), digest_bytes));
  }
  AuthenticodeClaim result;
  result.algorithm = *algorithm;
  const Bytes digest = content->last(digest_bytes);
  result.digest.assign(digest.begin(), digest.end());
  Result<std::vector<Der>> signers = signer_certificates(signed_data);
  if (!signers) return signers.error();
  result.signers = std::move(*signers);
  return result;
}

Result<std::optional<std::size_t>> verify_authenticode(Bytes signed_data, Bytes image_digest,
                                                       std::span<const Bytes> trusted) {
  const Result<Owned<PKCS7>> message = decode_signed_data(signed_data);
  if (!message) return message.error();
  const Result<Bytes> content = signed_content(message->get());
  if (!content) return content.error();
  if (content->size() < image_digest.size() ||
      !std::ranges::equal(content->last(image_digest.size()), image_digest)) {
    return std::optional<std::size_t>();
  }
  return verify_decoded(message->get(), *content, trusted);
}

}  // namespace nonvol::seal
