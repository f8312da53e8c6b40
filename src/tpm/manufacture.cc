#include "tpm/manufacture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "octets/writer.h"

namespace nonvol::tpm {
namespace {

using octets::Bytes;
using octets::Writer;

// TPMA_NV (part 2, 13.4) as swtpm_setup has it: the platform made it and alone writes it, whoever asks may
// read it, and it can be locked for good.
constexpr std::uint32_t kCertificateAttributes = 0x40000000     // PLATFORMCREATE
                                                 | 0x02000000   // NO_DA: wrong passwords do not count
                                                 | 0x00040000   // AUTHREAD
                                                 | 0x00020000   // OWNERREAD
                                                 | 0x00010000   // PPREAD
                                                 | 0x00002000   // WRITEDEFINE
                                                 | 0x00000001;  // PPWRITE
// TPM_PT_NV_INDEX_MAX of libtpms.
constexpr std::size_t kLargestIndexBytes = 2048;

// The policies of the profile's annex B: PolicyA, which is PolicySecret(TPM_RH_ENDORSEMENT) with SHA-256, and
// PolicyB with SHA-384.
constexpr std::array<std::uint8_t, 32> kPolicyA = {
    0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
    0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa};
constexpr std::array<std::uint8_t, 48> kPolicyB = {
    0xb2, 0x6e, 0x7d, 0x28, 0xd1, 0x1a, 0x50, 0xbc, 0x53, 0xd8, 0x82, 0xbc, 0xf5, 0xfd, 0x3a, 0x1a,
    0x07, 0x41, 0x48, 0xbb, 0x35, 0xd3, 0xb4, 0xe4, 0xcb, 0x1c, 0x0a, 0xd9, 0xbd, 0xe4, 0x19, 0xca,
    0xcb, 0x47, 0xba, 0x09, 0x69, 0x96, 0x46, 0x15, 0x0f, 0x9f, 0xc0, 0x00, 0xf3, 0xf8, 0x0e, 0x12};

// TPMA_OBJECT (part 2, 8.3): fixedTPM, fixedParent, sensitiveDataOrigin, adminWithPolicy, restricted and
// decrypt; the H templates let a password do as well.
constexpr std::uint32_t kKeyAttributes = 0x000300b2;
constexpr std::uint32_t kUserWithAuth = 0x00000040;

constexpr std::uint16_t kRsa = 0x0001;
constexpr std::uint16_t kAes = 0x0006;
constexpr std::uint16_t kNull = 0x0010;
constexpr std::uint16_t kEcc = 0x0023;
constexpr std::uint16_t kCfb = 0x0043;
constexpr std::uint16_t kCurveP384 = 0x0004;

// The TPMT_PUBLIC that the key is made from.
std::vector<std::uint8_t> template_of(EkKind kind) {
  const bool low = kind == EkKind::kRsa2048;
  const bool rsa = kind != EkKind::kEccP384;
  const Bytes policy = low ? Bytes(kPolicyA) : Bytes(kPolicyB);
  Writer writer;
  writer.big_u16(rsa ? kRsa : kEcc).big_u16(low ? kAlgorithmSha256 : kAlgorithmSha384);
  writer.big_u32(low ? kKeyAttributes : kKeyAttributes | kUserWithAuth);
  writer.big_u16(static_cast<std::uint16_t>(policy.size())).bytes(policy);
  writer.big_u16(kAes).big_u16(low ? 128 : 256).big_u16(kCfb);
  writer.big_u16(kNull);  // scheme
  if (!rsa) {
    writer.big_u16(kCurveP384).big_u16(kNull).big_u16(0).big_u16(0);  // no KDF; x and y empty
    return writer.take();
  }
  writer.big_u16(low ? 2048 : 3072).big_u32(0);  // the exponent that is usual
  // Part of what the key is derived from: zeros in L-1, nothing in the H templates.
  const std::vector<std::uint8_t> unique(low ? 256 : 0);
  writer.big_u16(static_cast<std::uint16_t>(unique.size())).bytes(unique);
  return writer.take();
}

Result<MadeKey> make_key(CommandPort& port, EkKind kind) {
  const Result<CreatedKey> created = create_primary(port, kEndorsementHierarchy, template_of(kind));
  if (!created) return created.error();
  if (!created->area.key) {
    return Error(ErrorId::kTpmCommandRefused,
                 fmt::format("TPM2_CreatePrimary was asked for a key {} and made one of type {:#06x}",
                             to_string(kind), created->area.type));
  }
  const Handle handle = persistent_handle(kind);
  if (const auto kept = evict_control(port, created->handle, handle); !kept) return kept.error();
  // swtpm_setup leaves the transient one to the shutdown; with three in the TPM there would be no room.
  if (const auto gone = flush_context(port, created->handle); !gone) return gone.error();
  return MadeKey{{kind, *created->area.key}, handle};
}

Result<StoredCertificate> store_certificate(CommandPort& port, CertificateKind kind, Handle index,
                                            const EkPublic& key, const Certify& certify) {
  auto der = certify(kind, key);
  if (!der) return der.error();
  if (der->size() > kLargestIndexBytes) {
    return Error(ErrorId::kCertificateTooLarge,
                 fmt::format("the certificate for index {:#x} has {} bytes, an index holds at most {}", index,
                             der->size(), kLargestIndexBytes));
  }
  const NvPublic defined = {index, kAlgorithmSha256, kCertificateAttributes,
                            static_cast<std::uint16_t>(der->size())};
  if (const auto made = nv_define_space(port, defined); !made) return made.error();
  if (const auto written = nv_write(port, index, *der); !written) return written.error();
  return StoredCertificate{kind, index, std::move(*der)};
}

Result<void> activate_banks(CommandPort& port, const std::vector<std::uint16_t>& wanted) {
  constexpr std::uint32_t kAllRegisters = 0x00ffffff;
  const auto there = get_pcr_banks(port);
  if (!there) return there.error();
  std::vector<PcrSelection> banks;
  for (const std::uint16_t algorithm : wanted) banks.push_back({algorithm, kAllRegisters});
  for (const PcrSelection& bank : *there) {
    if (std::ranges::find(wanted, bank.algorithm) == wanted.end()) banks.push_back({bank.algorithm, 0});
  }
  return pcr_allocate(port, banks);
}

}  // namespace

std::string_view to_string(EkKind kind) {
  switch (kind) {
    case EkKind::kRsa2048:
      return "rsa2048";
    case EkKind::kRsa3072:
      return "rsa3072";
    case EkKind::kEccP384:
      return "secp384r1";
  }
  return {};
}

Handle persistent_handle(EkKind kind) {
  switch (kind) {
    case EkKind::kRsa2048:
      return 0x81010001;
    case EkKind::kRsa3072:
      return 0x8101001c;
    case EkKind::kEccP384:
      return 0x81010016;
  }
  return 0;
}

Handle certificate_index(EkKind kind) {
  switch (kind) {
    case EkKind::kRsa2048:
      return 0x01c00002;
    case EkKind::kRsa3072:
      return 0x01c0001c;
    case EkKind::kEccP384:
      return 0x01c00016;
  }
  return 0;
}

Result<Manufactured> manufacture(CommandPort& port, const ManufactureRequest& request,
                                 const Certify& certify) {
  if (const auto started = start_up(port); !started) return started.error();
  Manufactured result;
  for (const EkKind kind : request.endorsement_keys) {
    Result<MadeKey> made = make_key(port, kind);
    if (!made) return made.error();
    result.keys.push_back(std::move(*made));
  }
  const auto store = [&](CertificateKind kind, Handle index, const EkPublic& key) -> Result<void> {
    Result<StoredCertificate> stored = store_certificate(port, kind, index, key, certify);
    if (!stored) return stored.error();
    result.certificates.push_back(std::move(*stored));
    return {};
  };
  for (const MadeKey& made : result.keys) {
    if (!request.ek_certificates) break;
    const auto stored = store(CertificateKind::kEndorsementKey, certificate_index(made.key.kind), made.key);
    if (!stored) return stored.error();
  }
  if (request.platform_certificate && !result.keys.empty()) {
    const auto stored = store(CertificateKind::kPlatform, kPlatformCertificateIndex, result.keys.front().key);
    if (!stored) return stored.error();
  }
  if (!request.active_banks.empty()) {
    if (const auto active = activate_banks(port, request.active_banks); !active) return active.error();
  }
  if (const auto closed = shut_down(port); !closed) return closed.error();
  return result;
}

}  // namespace nonvol::tpm
