#include <algorithm>

#include "api/tpm.h"
#include "api/tpm_verify.h"
#include "tpm/tpm.h"
#include "vnvram/check.h"

namespace nonvol::api {
namespace {

using tpm::State;
using tpm::StateKind;

// The permanent state in memory, and what its front says; nothing where there is none or it cannot be read.
struct Permanent {
  std::optional<tpm::PermanentFacts> facts;
  tpm::MemoryState states;
};

Permanent read_permanent(vnvram::Image& image, std::vector<Finding>& findings) {
  Permanent result;
  Result<std::size_t> index = image.find(tpm::entry_name(StateKind::kPermanent));
  if (!index) {
    findings.push_back(to_finding(index.error(), Severity::kError));
    return result;
  }
  Result<std::optional<vnvram::Blob>> blob = image.read_if_present(*index);
  if (!blob) {
    findings.push_back(to_finding(blob.error(), Severity::kError));
    return result;
  }
  if (!blob->has_value()) {
    findings.push_back(to_finding(Error(ErrorId::kNoTpmState, "no TPM was made in this image yet")
                                      .at(Place::in_file(image.file_name())),
                                  Severity::kNote));
    return result;
  }
  Result<tpm::PermanentFacts> facts = tpm::read_permanent((*blob)->bytes());
  if (!facts) {
    findings.push_back(
        to_finding(Error(facts.error()).at(Place::in_file(image.file_name())), Severity::kError));
    return result;
  }
  result.facts = *facts;
  static_cast<void>(result.states.store(StateKind::kPermanent, (*blob)->bytes()));
  return result;
}

// Those that cannot be read are known to the check of the image.
void add_other_states(vnvram::Image& image, tpm::MemoryState& states) {
  for (const StateKind kind : {StateKind::kVolatile, StateKind::kSaveState}) {
    Result<std::size_t> index = image.find(tpm::entry_name(kind));
    if (!index) continue;
    Result<std::optional<vnvram::Blob>> blob = image.read_if_present(*index);
    if (blob && blob->has_value()) static_cast<void>(states.store(kind, (*blob)->bytes()));
  }
}

// A copy of the TPM, started in memory.
Result<tpm::TpmInventory> ask(Permanent& permanent) {
  Result<std::unique_ptr<tpm::Tpm>> tpm = tpm::Tpm::make(permanent.facts->version, permanent.states);
  if (!tpm) return tpm.error();
  if (Result<void> on = (*tpm)->switch_on(); !on) return on.error();
  return tpm::read_inventory(**tpm);
}

void read_counters(vnvram::Image& image, TpmShowReport& report) {
  Result<std::size_t> index = image.find(serve::TpmCounters::kEntryName);
  if (!index) return;
  Result<vnvram::Blob> blob = image.read(*index);
  if (!blob) return;
  if (Result<serve::TpmCounters> counters = serve::decode_counters(blob->bytes()); counters) {
    report.counters = *std::move(counters);
    report.has_counters = true;
  }
}

}  // namespace

Result<TpmShowReport> tpm_show(const Context& context, const BlobImage& where) {
  Result<BlobImage> image = tpm_image(context, where);
  if (!image) return image.error();
  // Before it is opened: QEMU's storage daemon would be there for a qcow2 image.
  bool in_use = false;
  if (!vnvram::is_uri(image->target)) {
    if (Result<bool> used = context.files.image_in_use(image->target); used) in_use = *used;
  }
  Result<OpenBlobs> blobs = open_blobs(context, *image, storage::Access::kReadOnly);
  if (!blobs) return blobs.error();
  TpmShowReport report{.image = facts_of(image->target, blobs->image), .in_use = in_use};
  for (const StateKind kind : tpm::kAllStates) {
    Result<std::size_t> index = blobs->image.find(tpm::entry_name(kind));
    if (!index && kind == StateKind::kPermanent) return index.error();
    if (!index) continue;
    Result<vnvram::EntryState> state = blobs->image.state(*index);
    if (!state) return state.error();
    report.entries.push_back({blobs->image.entries()[*index], *std::move(state)});
  }
  read_counters(blobs->image, report);
  if (Result<std::string> version = tpm::library_version(); version) report.library_version = *version;
  Permanent permanent = read_permanent(blobs->image, report.findings);
  report.permanent = permanent.facts;
  if (!permanent.facts || permanent.facts->version != tpm::TpmVersion::k20) return report;
  Result<tpm::TpmInventory> inventory = ask(permanent);
  if (inventory) {
    report.inventory = *std::move(inventory);
  } else {
    report.findings.push_back(
        to_finding(Error(inventory.error()).at(Place::in_file(image->target)), Severity::kError));
  }
  return report;
}

Result<TpmCheckReport> tpm_check(const Context& context, const BlobImage& where) {
  Result<BlobImage> image = tpm_image(context, where);
  if (!image) return image.error();
  Result<OpenBlobs> blobs = open_blobs(context, *image, storage::Access::kReadOnly);
  if (!blobs) return blobs.error();
  TpmCheckReport report{.image = image->target};
  Result<vnvram::CheckReport> checked = vnvram::check(blobs->image, {.scrub = true});
  if (!checked) return checked.error();
  report.findings = std::move(checked->findings);
  std::vector<Finding> of_state;
  Permanent permanent = read_permanent(blobs->image, of_state);
  // What 'check' of the image found stands there already.
  for (Finding& finding : of_state) {
    const bool known =
        std::ranges::any_of(report.findings, [&](const Finding& other) { return other.id == finding.id; });
    if (!known) report.findings.push_back(std::move(finding));
  }
  if (!permanent.facts) return report;
  report.version = permanent.facts->version;
  if (Result<void> room = serve::check_room(blobs->image, *report.version); !room) {
    report.findings.push_back(to_finding(room.error(), Severity::kWarning));
  }
  add_other_states(blobs->image, permanent.states);
  Result<std::vector<RefusedState>> refused = refused_states(*report.version, permanent.states);
  const Place place = Place::in_file(image->target);
  if (!refused) {
    // What was found in the image is true without libtpms too.
    const bool missing = refused.error().id == ErrorId::kLibraryMissing;
    report.findings.push_back(
        to_finding(Error(refused.error()).at(place), missing ? Severity::kNote : Severity::kError));
    return report;
  }
  for (const RefusedState& one : *refused) {
    report.findings.push_back(to_finding(Error(one.error).at(place), Severity::kError));
  }
  return report;
}

}  // namespace nonvol::api
