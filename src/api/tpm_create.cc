#include <fmt/format.h>

#include "api/keys_time.h"
#include "api/tpm.h"
#include "api/tpm_authority.h"
#include "api/tpm_store.h"
#include "octets/text.h"
#include "storage/memory.h"
#include "tpm/credential.h"
#include "tpm/tpm.h"

namespace nonvol::api {
namespace {

constexpr std::uint16_t kAlgorithmSha256 = 0x000b;

bool wants_setup(const TpmFirst& first) {
  return !first.endorsement_keys.empty() || first.ek_certificates || first.platform_certificate ||
         !first.pcr_banks.empty();
}

// What a virtual machine's certificate says of the machine; swtpm_setup says the same of every one.
tpm::PlatformIdentity platform_of_guest() {
  return {"nonvol", "QEMU", kVersion};
}

Result<tpm::Manufactured> set_up(const Context& context, const TpmFirst& first, tpm::Tpm& tpm,
                                 TpmFirstReport& report) {
  tpm::ManufactureRequest request{first.endorsement_keys, first.ek_certificates, first.platform_certificate,
                                  first.pcr_banks};
  if (request.active_banks.empty()) request.active_banks = {kAlgorithmSha256};
  std::optional<seal::Signer> signer;
  tpm::CredentialFacts facts;
  if (first.ek_certificates || first.platform_certificate) {
    if (request.endorsement_keys.empty()) {
      request.endorsement_keys = {tpm::EkKind::kRsa2048, tpm::EkKind::kEccP384};
    }
    Result<OpenAuthority> authority = open_authority(context, first.authority_directory);
    if (!authority) return authority.error();
    report.authority_directory = authority->directory;
    report.authority_made = authority->made;
    signer = std::move(authority->signer);
    Result<tpm::TpmInventory> inventory = tpm::read_inventory(tpm);
    if (!inventory) return inventory.error();
    facts = {
        tpm::identity_of(*inventory), platform_of_guest(), first.common_name, {authority->now_unix_seconds}};
  }
  const tpm::Certify certify = [&](tpm::CertificateKind kind, const tpm::EkPublic& key) {
    return seal::issue_certificate(*signer, tpm::credential_request(kind, key, facts));
  };
  return tpm::manufacture(tpm, request, certify);
}

}  // namespace

Result<std::unique_ptr<tpm::MemoryState>> first_tpm_state(const Context& context, const TpmFirst& first,
                                                          TpmFirstReport& report) {
  auto states = std::make_unique<tpm::MemoryState>();
  Result<std::unique_ptr<tpm::Tpm>> tpm = tpm::Tpm::make(first.version, *states);
  if (!tpm) return tpm.error();
  if (first.version == tpm::TpmVersion::k12 && wants_setup(first)) {
    return Error(ErrorId::kTpmProfile, "keys, certificates and PCR banks can be made for TPM 2.0 only")
        .with_hint("nonvol help tpm create");
  }
  if (Result<void> on = (*tpm)->switch_on(); !on) return on.error();
  if (first.version == tpm::TpmVersion::k20) {
    Result<tpm::Manufactured> made = set_up(context, first, **tpm, report);
    if (!made) return made.error();
    report.made = *std::move(made);
  }
  (*tpm)->switch_off();
  return states;
}

Result<std::unique_ptr<storage::BlockFile>> new_tpm_image(const Context& context, const TpmFirst& first,
                                                          TpmFirstReport& report) {
  Result<std::unique_ptr<tpm::MemoryState>> states = first_tpm_state(context, first, report);
  if (!states) return states.error();
  std::unique_ptr<storage::BlockFile> image = storage::memory_file();
  Result<std::uint64_t> filled =
      fill_new_image(*image, "the new TPM's image", first.version, nullptr, **states);
  if (!filled) return filled.error();
  return image;
}

Result<TpmCreateReport> tpm_create(const Context& context, const TpmCreateRequest& request) {
  TpmCreateReport report{.dry_run = request.dry_run, .version = request.first.version};
  Result<BlobImage> image = tpm_image(context, request.image);
  if (!image) return image.error();
  report.image = image->target;
  const StatesIntoImage job{*image, request.first.version, request.lose_secrets, request.dry_run};
  if (Result<void> free = check_target(context, job); !free) return free.error();
  TpmFirst first = request.first;
  // A rehearsal makes no authority.
  if (request.dry_run) {
    first.endorsement_keys.clear();
    first.ek_certificates = false;
    first.platform_certificate = false;
  }
  Result<std::unique_ptr<tpm::MemoryState>> states = first_tpm_state(context, first, report.first);
  if (!states) return states.error();
  report.state_bytes = (*states)->load(tpm::StateKind::kPermanent)->value_or(tpm::State()).size();
  Result<StoredStates> stored = store_states(context, job, **states);
  if (!stored) return stored.error();
  report.outcome = stored->outcome;
  report.encrypted = stored->encrypted;
  report.generation = stored->generation;
  return report;
}

}  // namespace nonvol::api
