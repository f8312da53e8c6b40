#include <fmt/format.h>

#include <algorithm>

#include "api/keys_time.h"
#include "api/tpm.h"
#include "api/tpm_authority.h"
#include "api/tpm_store.h"
#include "octets/text.h"
#include "storage/memory.h"
#include "tpm/credential.h"
#include "tpm/tpm.h"
#include "tpm/tpm12.h"

namespace nonvol::api {
namespace {

constexpr std::uint16_t kAlgorithmSha256 = 0x000b;

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

// What a virtual machine's certificate says of the machine; swtpm_setup says the same of every one.
tpm::PlatformIdentity platform_of_guest() {
  return {"nonvol", "QEMU", kVersion};
}

bool wants_certificates(const TpmFirst& first) {
  return first.ek_certificates || first.platform_certificate;
}

// Signs with the local authority, which is opened or made here.
Result<tpm::Certify> certifier(const Context& context, const TpmFirst& first, tpm::TpmIdentity identity,
                               TpmFirstReport& report) {
  Result<OpenAuthority> authority = open_authority(context, first.authority_directory, first.rehearsal);
  if (!authority) return authority.error();
  report.authority_directory = authority->directory;
  report.authority_made = authority->made;
  const tpm::CredentialFacts facts{
      std::move(identity), platform_of_guest(), first.common_name, {authority->now_unix_seconds}};
  const seal::Signer& signer = authority->signer;
  const std::string& directory = authority->directory;
  return tpm::Certify(
      [signer, facts, directory](tpm::CertificateKind kind, const tpm::EkPublic& key) -> Result<seal::Der> {
        Result<seal::Der> issued = seal::issue_certificate(signer, tpm::credential_request(kind, key, facts));
        if (issued || issued.error().id != ErrorId::kAuthorityDamaged) return issued;
        return Error(issued.error()).at(Place::in_file(directory));
      });
}

Result<tpm::Manufactured> set_up_20(const Context& context, const TpmFirst& first, tpm::Tpm& tpm,
                                    TpmFirstReport& report) {
  tpm::ManufactureRequest request{first.endorsement_keys, first.ek_certificates, first.platform_certificate,
                                  first.pcr_banks};
  if (request.active_banks.empty()) request.active_banks = {kAlgorithmSha256};
  if (!wants_certificates(first)) return tpm::manufacture(tpm, request, {});
  if (request.endorsement_keys.empty()) {
    request.endorsement_keys = {tpm::EkKind::kRsa2048, tpm::EkKind::kEccP384};
  }
  Result<tpm::TpmInventory> inventory = tpm::read_inventory(tpm);
  if (!inventory) return inventory.error();
  Result<tpm::Certify> certify = certifier(context, first, tpm::identity_of(*inventory), report);
  return certify ? tpm::manufacture(tpm, request, *certify) : certify.error();
}

Result<tpm::Manufactured> set_up_12(const Context& context, const TpmFirst& first, tpm::Tpm& tpm,
                                    TpmFirstReport& report) {
  if (!wants_certificates(first)) return tpm::Manufactured();
  Result<tpm::TpmInventory12> inventory = tpm::read_inventory_12(tpm);
  if (!inventory) return inventory.error();
  Result<tpm::Certify> certify = certifier(context, first, tpm::identity_of(*inventory), report);
  if (!certify) return certify.error();
  return tpm::manufacture_12(tpm, {true, first.ek_certificates, first.platform_certificate}, *certify);
}

// What would be refused late, or not at all: OpenSSL takes any character.
Result<void> check_first(const TpmFirst& first) {
  const bool of_12 = first.version == tpm::TpmVersion::k12;
  if (of_12 && (!first.endorsement_keys.empty() || !first.pcr_banks.empty())) {
    return Error(ErrorId::kTpmProfile, "kinds of keys and PCR banks can be chosen of TPM 2.0 only")
        .with_hint("nonvol help tpm create");
  }
  const std::string& name = first.common_name;
  if (!octets::is_utf8(name) || std::ranges::any_of(name, is_control)) {
    return Error(ErrorId::kBadCommandLine, "the common name has control characters, or is not UTF-8")
        .with_hint("nonvol help tpm create");
  }
  if (name.size() > seal::kLongestCommonNameBytes) {
    return Error(ErrorId::kBadCommandLine,
                 fmt::format("the common name has {} bytes, a certificate takes {}: say another with "
                             "--common-name",
                             name.size(), seal::kLongestCommonNameBytes))
        .with_hint("nonvol help tpm create");
  }
  if (!wants_certificates(first) && (!name.empty() || !first.authority_directory.empty())) {
    return Error(ErrorId::kContradiction, fmt::format("{} is for certificates, and none is to be made",
                                                      name.empty() ? "--authority" : "--common-name"))
        .with_hint("nonvol help tpm create");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<tpm::MemoryState>> first_tpm_state(const Context& context, const TpmFirst& first,
                                                          TpmFirstReport& report) {
  if (Result<void> possible = check_first(first); !possible) return possible.error();
  const bool of_12 = first.version == tpm::TpmVersion::k12;
  auto states = std::make_unique<tpm::MemoryState>();
  Result<std::unique_ptr<tpm::Tpm>> tpm = tpm::Tpm::make(first.version, *states);
  if (!tpm) return tpm.error();
  if (Result<void> on = (*tpm)->switch_on(); !on) return on.error();
  Result<tpm::Manufactured> made =
      of_12 ? set_up_12(context, first, **tpm, report) : set_up_20(context, first, **tpm, report);
  if (!made) return made.error();
  report.made = *std::move(made);
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
  Result<TpmPlace> place = tpm_place(context, request.image);
  if (!place) return place.error();
  TpmFirst first = request.first;
  first.version = request.version.value_or(place->version.value_or(tpm::TpmVersion::k20));
  first.rehearsal = request.dry_run;
  if (Result<void> right = check_guest_version(*place, first.version); !right) return right.error();
  if (first.common_name.empty() && wants_certificates(first)) first.common_name = place->guest;
  if (Result<void> possible = check_first(first); !possible) return possible.error();
  TpmCreateReport report{
      .image = place->image.target, .dry_run = request.dry_run, .version = first.version, .first = {}};
  Result<std::optional<seal::Key>> key = read_key(place->image.key);
  if (!key) return key.error();
  const StatesIntoImage job{place->image, key->has_value() ? &**key : nullptr, first.version,
                            request.lose_secrets, request.dry_run};
  if (Result<void> free = check_target(context, job); !free) return free.error();
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
