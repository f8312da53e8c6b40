#include <fmt/format.h>

#include "api/tpm.h"
#include "api/variables.h"

namespace nonvol::api {

Result<BlobImage> tpm_image(const Context& context, BlobImage where) {
  if (!is_guest_word(where.target)) return where;
  Result<guest::Home> home = open_home(context);
  if (!home) return home.error();
  Result<guest::Record> record = home->load(where.target);
  if (!record) return record.error();
  if (!record->tpm) {
    return Error(ErrorId::kNoTpmState, fmt::format("guest {} has no TPM", record->name))
        .with_hint("nonvol show " + record->name);
  }
  where.target = home->tpm_image_path(*record);
  return where;
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
