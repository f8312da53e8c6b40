#include <fmt/format.h>

#include "api/tpm.h"
#include "api/tpm_store.h"
#include "api/variables.h"

namespace nonvol::api {

Result<TpmPlace> tpm_place(const Context& context, BlobImage where) {
  TpmPlace place{std::move(where), "", std::nullopt};
  if (!is_guest_word(place.image.target)) return place;
  Result<guest::Home> home = open_home(context);
  if (!home) return home.error();
  Result<guest::Record> record = home->load(place.image.target);
  if (!record) return record.error();
  if (!record->tpm) {
    return Error(ErrorId::kNoTpmState, fmt::format("guest {} has no TPM", record->name))
        .with_hint("nonvol show " + record->name);
  }
  place.image.target = home->tpm_image_path(*record);
  place.guest = record->name;
  place.version = record->tpm->version == tpm::to_string(tpm::TpmVersion::k12) ? tpm::TpmVersion::k12
                                                                               : tpm::TpmVersion::k20;
  return place;
}

Result<BlobImage> tpm_image(const Context& context, BlobImage where) {
  Result<TpmPlace> place = tpm_place(context, std::move(where));
  if (!place) return place.error();
  return std::move(place->image);
}

Result<void> check_guest_version(const TpmPlace& place, tpm::TpmVersion version) {
  if (!place.version || *place.version == version) return {};
  return Error(ErrorId::kTpmOtherVersion,
               fmt::format("guest {} has a TPM {}, and this is one of version {}", place.guest,
                           tpm::to_string(*place.version), tpm::to_string(version)))
      .with_hint("nonvol show " + place.guest);
}

std::vector<vnvram::EntryRequest> tpm_entries(tpm::TpmVersion version, bool encrypted) {
  // More than any state of today's libtpms: the next one may need it.
  constexpr std::uint64_t kPermanentOf20Bytes = 256 * 1024;
  std::vector<vnvram::EntryRequest> entries;
  for (const tpm::StateKind kind : tpm::kAllStates) {
    std::uint64_t capacity_bytes = serve::needed_bytes(version, kind);
    if (capacity_bytes == 0) continue;
    if (version == tpm::TpmVersion::k20 && kind == tpm::StateKind::kPermanent) {
      capacity_bytes = kPermanentOf20Bytes;
    }
    entries.push_back(
        {std::string(tpm::entry_name(kind)), capacity_bytes, vnvram::EntryKind::kAtomic, encrypted});
  }
  entries.push_back({std::string(serve::TpmCounters::kEntryName), serve::TpmCounters::kEntryBytes,
                     vnvram::EntryKind::kPlain, false});
  return entries;
}

}  // namespace nonvol::api
