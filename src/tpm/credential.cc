#include "tpm/credential.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "seal/der.h"

namespace nonvol::tpm {
namespace {

using seal::Der;
using seal::der_oid;
using seal::der_sequence;
using seal::der_set_of_one;
using seal::der_utf8;

// id-ce of RFC 5280, appendix A.2.
Der standard_extension(std::uint32_t number) {
  return der_oid({2, 5, 29, number});
}
constexpr std::uint32_t kSubjectDirectoryAttributes = 9;
constexpr std::uint32_t kKeyUsage = 15;
constexpr std::uint32_t kSubjectAlternativeName = 17;
constexpr std::uint32_t kBasicConstraints = 19;
constexpr std::uint32_t kExtendedKeyUsage = 37;

void append(Der& to, const Der& more) {
  to.insert(to.end(), more.begin(), more.end());
}

// One part of a name (RFC 5280, 4.1.2.4).
Der name_part(const Der& oid, std::string_view text) {
  return der_set_of_one(der_sequence({oid, der_utf8(text)}));
}

// tcg-at-tpmManufacturer, -Model and -Version (EK Credential Profile, 3.1.2).
Der tpm_parts(const TpmIdentity& tpm) {
  Der result = name_part(der_oid({2, 23, 133, 2, 1}), tpm.manufacturer);
  append(result, name_part(der_oid({2, 23, 133, 2, 2}), tpm.model));
  append(result, name_part(der_oid({2, 23, 133, 2, 3}), tpm.version));
  return result;
}

// tcg-at-platformManufacturerStr, -Model and -Version (Platform Certificate Profile, 4); of TPM 1.2 they have
// other numbers (Credential Profiles, 1.1, appendix).
Der platform_parts(const PlatformIdentity& platform, bool of_12) {
  Der result =
      name_part(of_12 ? der_oid({2, 23, 133, 2, 4}) : der_oid({2, 23, 133, 5, 1, 1}), platform.manufacturer);
  append(result,
         name_part(of_12 ? der_oid({2, 23, 133, 2, 5}) : der_oid({2, 23, 133, 5, 1, 4}), platform.model));
  append(result,
         name_part(of_12 ? der_oid({2, 23, 133, 2, 6}) : der_oid({2, 23, 133, 5, 1, 5}), platform.version));
  return result;
}

// GeneralNames with one directoryName (RFC 5280, 4.2.1.6), each attribute a part of its own.
Der alternative_name(CertificateKind kind, const CredentialFacts& facts, bool of_12) {
  constexpr std::uint8_t kDirectoryName = 0xa4;
  Der parts;
  if (kind == CertificateKind::kEndorsementKey || of_12) append(parts, tpm_parts(facts.tpm));
  if (kind == CertificateKind::kPlatform) append(parts, platform_parts(facts.platform, of_12));
  return der_sequence({seal::der_element(kDirectoryName, {der_sequence({parts})})});
}

// tcg-at-tpmSpecification (EK Credential Profile, 3.1.3) as the one attribute.
Der specification(const TpmIdentity& tpm) {
  const Der value =
      der_sequence({der_utf8(tpm.family), seal::der_integer(tpm.level), seal::der_integer(tpm.revision)});
  return der_sequence({der_sequence({der_oid({2, 23, 133, 2, 16}), der_set_of_one(value)})});
}

// A BIT STRING of RFC 5280, 4.2.1.3. Keys for decryption are used for that or, on a curve, to agree on a key.
Der key_usage(const EkPublic& key) {
  const bool curve = std::holds_alternative<seal::EcPublicKey>(key.key);
  return curve ? Der{0x03, 0x02, 0x03, 0x08} : Der{0x03, 0x02, 0x05, 0x20};
}

}  // namespace

TpmIdentity identity_of(const TpmInventory& inventory) {
  TpmIdentity result;
  result.manufacturer = fmt::format("id:{:08X}", inventory.manufacturer_id);
  result.model = inventory.vendor;
  result.version = fmt::format("id:{:08X}", inventory.firmware_version >> 32);
  result.family = inventory.family;
  result.level = inventory.level;
  result.revision = inventory.revision;
  return result;
}

seal::CertificateRequest credential_request(CertificateKind kind, const EkPublic& key,
                                            const CredentialFacts& facts) {
  // tcg-kp-EKCertificate and tcg-kp-PlatformCertificate.
  const Der purpose =
      kind == CertificateKind::kPlatform ? der_oid({2, 23, 133, 8, 2}) : der_oid({2, 23, 133, 8, 1});
  const bool of_12 = facts.tpm.family == "1.2";
  // TCG Credential Profiles 1.1, 3.2.7: the subject of a TPM 1.2 is empty.
  seal::CertificateRequest request{key.key, of_12 ? std::string() : facts.common_name, facts.validity, {}};
  const auto add = [&](std::uint32_t number, bool critical, Der value) {
    request.extensions.push_back({standard_extension(number), critical, std::move(value)});
  };
  // RFC 5280, 4.2.1.6: critical where the subject has no other name.
  add(kSubjectAlternativeName, request.common_name.empty(), alternative_name(kind, facts, of_12));
  add(kBasicConstraints, true, der_sequence({}));  // no authority
  if (kind == CertificateKind::kEndorsementKey) {
    add(kSubjectDirectoryAttributes, false, specification(facts.tpm));
  }
  add(kKeyUsage, true, key_usage(key));
  add(kExtendedKeyUsage, false, der_sequence({purpose}));
  return request;
}

}  // namespace nonvol::tpm
