#include "efi/verify.h"

#include <algorithm>
#include <array>
#include <map>

#include "efi/authenticode.h"
#include "efi/signature_list.h"
#include "octets/text.h"
#include "seal/authenticode.h"
#include "seal/certificate.h"

namespace nonvol::efi {
namespace {

using octets::Bytes;
using octets::Guid;
using seal::DigestAlgorithm;

const Guid& image_digest_type(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::kSha1:
      return signature_type::kSha1;
    case DigestAlgorithm::kSha384:
      return signature_type::kSha384;
    case DigestAlgorithm::kSha512:
      return signature_type::kSha512;
    case DigestAlgorithm::kSha256:
      break;
  }
  return signature_type::kSha256;
}

std::vector<Bytes> certificates_of(const SignatureDatabase& database) {
  std::vector<Bytes> result;
  for (const SignatureList& list : database.lists) {
    if (list.type != signature_type::kX509) continue;
    for (const Signature& signature : list.signatures) result.push_back(signature.data);
  }
  return result;
}

// IsCertHashFoundInDbx: dbx names certificates by a digest of what is signed in them. A revocation with a
// time could be answered by a time stamp that dbt trusts; no guest has a dbt, so that it revokes like any
// other.
Result<bool> is_named_in(const SignatureDatabase& dbx, Bytes certificate_der) {
  const Result<seal::Certificate> certificate = seal::parse_certificate(certificate_der);
  if (!certificate) return certificate.error();
  const Bytes parts[] = {certificate->to_be_signed};
  constexpr std::pair<Guid, DigestAlgorithm> kKinds[] = {
      {signature_type::kX509Sha256, DigestAlgorithm::kSha256},
      {signature_type::kX509Sha384, DigestAlgorithm::kSha384},
      {signature_type::kX509Sha512, DigestAlgorithm::kSha512}};
  for (const auto& [type, algorithm] : kKinds) {
    const auto digest = seal::digest(algorithm, parts);
    if (!digest) return digest.error();
    const auto names_it = [&](const Signature& signature) {
      return signature.data.size() >= digest->size() &&
             std::ranges::equal(Bytes(signature.data).first(digest->size()), *digest);
    };
    for (const SignatureList& list : dbx.lists) {
      if (list.type == type && std::ranges::any_of(list.signatures, names_it)) return true;
    }
  }
  return false;
}

class ImageVerifier {
 public:
  ImageVerifier(Bytes file, const PortableExecutable& image, const SecureBootKeys& keys)
      : file_(file), image_(image), keys_(keys) {}

  Result<ImageVerdict> verify() {
    const auto sha256 = digest_of(DigestAlgorithm::kSha256);
    if (!sha256) return sha256.error();
    verdict_.sha256 = **sha256;
    const Result<Verdict> judged =
        image_.certificate_table.size_bytes == 0 ? judge_unsigned() : judge_signed();
    if (!judged) return judged.error();
    verdict_.verdict = keys_.verifies_programs() ? *judged : Verdict::kNotVerified;
    return std::move(verdict_);
  }

 private:
  Result<const std::vector<std::uint8_t>*> digest_of(DigestAlgorithm algorithm) {
    auto found = digests_.find(algorithm);
    if (found == digests_.end()) {
      auto digest = authenticode_digest(file_, image_, algorithm);
      if (!digest) return digest.error();
      found = digests_.emplace(algorithm, std::move(*digest)).first;
    }
    return &found->second;
  }

  Result<Verdict> judge_unsigned() const {
    if (contains(keys_.dbx.database, signature_type::kSha256, verdict_.sha256))
      return Verdict::kRevokedDigest;
    if (contains(keys_.db.database, signature_type::kSha256, verdict_.sha256))
      return Verdict::kAllowedByDigest;
    return Verdict::kUnknown;
  }

  // In edk2's order: one signature that is revoked ends it, whatever the others say.
  Result<Verdict> judge_signed() {
    Verdict verdict = Verdict::kUnknown;
    bool is_revoked = false;
    for (const ImageSignature& signature : image_.signatures) {
      SignatureOpinion opinion;
      const Result<Verdict> judged = judge_signature(signature, opinion);
      if (!judged) return judged.error();
      verdict_.signatures.push_back(std::move(opinion));
      if (is_revoked) continue;  // the rest is only shown
      is_revoked = *judged == Verdict::kRevokedSigner || *judged == Verdict::kRevokedDigest;
      if (is_revoked || verdict == Verdict::kUnknown) verdict = *judged;
    }
    if (!is_revoked && !image_.signatures_fill_table) return Verdict::kBrokenSignatures;
    return verdict;
  }

  Result<Verdict> judge_signature(const ImageSignature& signature, SignatureOpinion& opinion) {
    opinion.offset_bytes = signature.offset_bytes;
    if (signature.signed_data.size_bytes == 0) {
      opinion.unreadable = "it is of a type that edk2 does not read";
      return Verdict::kUnknown;
    }
    const Bytes signed_data =
        file_.subspan(signature.signed_data.offset_bytes, signature.signed_data.size_bytes);
    const Result<seal::AuthenticodeClaim> claim = seal::read_authenticode(signed_data);
    if (!claim) {
      if (claim.error().id == ErrorId::kLibraryMissing) return claim.error();
      opinion.unreadable = claim.error().message;
      return Verdict::kUnknown;
    }
    opinion.algorithm = claim->algorithm;
    if (!claim->signers.empty()) opinion.signer = claim->signers.front();
    const auto digest = digest_of(claim->algorithm);
    if (!digest) return digest.error();
    opinion.digest_matches = claim->digest == **digest;
    if (Result<void> asked = ask_certificates(signed_data, **digest, *claim, opinion); !asked)
      return asked.error();
    if (!opinion.revoked_by.empty()) return Verdict::kRevokedSigner;
    const Guid& type = image_digest_type(claim->algorithm);
    if (contains(keys_.dbx.database, type, **digest)) return Verdict::kRevokedDigest;
    if (!opinion.allowed_by.empty()) return Verdict::kAllowedBySigner;
    if (contains(keys_.db.database, type, **digest)) return Verdict::kAllowedByDigest;
    return Verdict::kUnknown;
  }

  // IsForbiddenByDbx, then IsAllowedByDb.
  Result<void> ask_certificates(Bytes signed_data, Bytes digest, const seal::AuthenticodeClaim& claim,
                                SignatureOpinion& opinion) const {
    const std::vector<Bytes> revoked = certificates_of(keys_.dbx.database);
    const auto forbidden = seal::verify_authenticode(signed_data, digest, revoked);
    if (!forbidden) return forbidden.error();
    if (*forbidden) opinion.revoked_by.assign(revoked[**forbidden].begin(), revoked[**forbidden].end());
    for (const seal::Der& signer : claim.signers) {
      const Result<bool> named = is_named_in(keys_.dbx.database, signer);
      if (!named) return named.error();
      if (*named && opinion.revoked_by.empty()) opinion.revoked_by = signer;
    }
    const std::vector<Bytes> trusted = certificates_of(keys_.db.database);
    const auto allowed = seal::verify_authenticode(signed_data, digest, trusted);
    if (!allowed) return allowed.error();
    if (!*allowed) return {};
    const Bytes anchor = trusted[**allowed];
    const Result<bool> named = is_named_in(keys_.dbx.database, anchor);
    if (!named) return named.error();
    // A certificate of db that dbx names allows nothing, but does not forbid what another one allows.
    if (!*named) opinion.allowed_by.assign(anchor.begin(), anchor.end());
    return {};
  }

  Bytes file_;
  const PortableExecutable& image_;
  const SecureBootKeys& keys_;
  ImageVerdict verdict_;
  std::map<DigestAlgorithm, std::vector<std::uint8_t>> digests_;
};

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNotVerified:
      return "starts: Secure Boot is off";
    case Verdict::kAllowedBySigner:
      return "starts: db trusts a signer";
    case Verdict::kAllowedByDigest:
      return "starts: db names the program";
    case Verdict::kRevokedDigest:
      return "refused: dbx names the program";
    case Verdict::kRevokedSigner:
      return "refused: dbx revokes a signer";
    case Verdict::kUnknown:
      return "refused: db knows neither the program nor a signer";
    case Verdict::kBrokenSignatures:
      return "refused: its table of signatures is damaged";
  }
  return "";
}

bool starts(Verdict verdict) {
  return verdict == Verdict::kNotVerified || verdict == Verdict::kAllowedBySigner ||
         verdict == Verdict::kAllowedByDigest;
}

Result<ImageVerdict> verify_image(Bytes file, const PortableExecutable& image, const SecureBootKeys& keys) {
  return ImageVerifier(file, image, keys).verify();
}

}  // namespace nonvol::efi
