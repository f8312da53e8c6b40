#include <fmt/format.h>

#include "api/tpm.h"
#include "api/tpm_store.h"
#include "api/tpm_swtpm_source.h"
#include "api/tpm_swtpm_target.h"
#include "api/tpm_verify.h"
#include "octets/text.h"
#include "seal/aead.h"
#include "storage/image_lock.h"

namespace nonvol::api {
namespace {

using storage::ProcessLock;
using tpm::State;
using tpm::StateKind;
using tpm::TpmVersion;

Error other_version(const std::string& source, TpmVersion there, TpmVersion wanted) {
  return Error(ErrorId::kTpmOtherVersion, fmt::format("{} holds a TPM {}, and {} was asked for", source,
                                                      tpm::to_string(there), tpm::to_string(wanted)))
      .at(Place::in_file(source))
      .with_hint("ls -l " + octets::shell_path(source));
}

std::string import_hint(const TpmImportRequest& request, std::string_view option) {
  return fmt::format("nonvol tpm import {} {} {}", octets::shell_path(request.image.target),
                     octets::shell_path(request.source), option);
}

// Which TPM the directory holds; both is possible.
Result<TpmVersion> version_in(const Context& context, const TpmImportRequest& request,
                              std::optional<TpmVersion> wanted) {
  std::vector<TpmVersion> there;
  std::string names;
  for (const TpmVersion version : {TpmVersion::k20, TpmVersion::k12}) {
    const std::string name = swtpm_file(version, StateKind::kPermanent);
    names += (names.empty() ? "" : " and no ") + name;
    Result<storage::FileStatus> status = context.files.status(request.source + "/" + name);
    if (!status && status.error().id != ErrorId::kFileMissing) return status.error();
    if (status) there.push_back(version);
  }
  if (there.empty()) {
    return Error(ErrorId::kNoSwtpmState, fmt::format("{} has no {}", request.source, names))
        .at(Place::in_file(request.source))
        .with_hint("ls -l " + octets::shell_path(request.source));
  }
  if (there.size() == 1) {
    if (wanted && *wanted != there.front()) return other_version(request.source, there.front(), *wanted);
    return there.front();
  }
  if (wanted) return *wanted;
  return Error(ErrorId::kContradiction,
               fmt::format("{} holds a TPM 2.0 and a TPM 1.2: say --tpm2 or --tpm1.2", request.source))
      .at(Place::in_file(request.source))
      .with_hint(import_hint(request, "--tpm2"));
}

struct Source {
  ProcessLock lock;  // until the states are stored
  tpm::MemoryState states;
};

Result<Source> read_source(const Context& context, const TpmImportRequest& request,
                           std::optional<TpmVersion> wanted) {
  Result<std::vector<tpm::SwtpmKey>> keys = read_swtpm_keys(request.key_file, request.passphrase_file);
  if (!keys) return keys.error();
  Result<storage::FileStatus> status = context.files.status(request.source);
  if (!status) return status.error();
  const bool is_directory = status->kind == storage::FileKind::kDirectory;
  Result<TpmVersion> version = TpmVersion::k20;
  // Before the lock, which would leave its file in whatever directory was named.
  if (is_directory) version = version_in(context, request, wanted);
  if (!version) return version.error();
  Result<ProcessLock> lock = is_directory ? lock_swtpm_directory(request.source, request.dry_run)
                                          : lock_swtpm_linear(request.source);
  if (!lock) return lock.error();
  Result<OwnedBlobs> blobs = is_directory ? read_swtpm_directory(context, request.source, *version)
                                          : read_swtpm_linear(*lock, request.source);
  if (!blobs) return blobs.error();
  if (request.without_volatile_state) blobs->erase(StateKind::kVolatile);
  Result<tpm::MemoryState> states = decode_swtpm_blobs(*blobs, *keys, request.source);
  if (!states) return states.error();
  return Source{*std::move(lock), *std::move(states)};
}

// The states, each of which libtpms must take.
Result<TpmVersion> verify(tpm::MemoryState& states, const TpmImportRequest& request) {
  const Place place = Place::in_file(request.source);
  Result<std::optional<State>> permanent = states.load(StateKind::kPermanent);
  Result<tpm::PermanentFacts> facts = tpm::read_permanent(**permanent);
  seal::wipe(**permanent);
  if (!facts) return Error(facts.error()).at(place);
  if (request.version && *request.version != facts->version) {
    return other_version(request.source, facts->version, *request.version);
  }
  Result<std::vector<RefusedState>> refused = refused_states(facts->version, states);
  if (!refused) return Error(refused.error()).at(place);
  if (refused->empty()) return facts->version;
  const RefusedState& first = refused->front();
  if (first.kind != StateKind::kVolatile) return Error(first.error).at(place);
  return Error(first.error)
      .at(place)
      .with_note("only a guest that is suspended needs it: QEMU deletes it when one is switched on")
      .with_hint(import_hint(request, "--without-volatile-state"));
}

struct Held {
  TpmVersion version = TpmVersion::k20;
  std::map<StateKind, State> states;
};

// Locked as for writing, so that no TPM runs on it: a copy of a running one would be a second one. What may
// not be written is read where nobody else has it open for that.
Result<vnvram::Image> open_unused(const Context& context, const BlobImage& image, const seal::Key* key) {
  const vnvram::Location location{image.target, image.luks_key_file};
  vnvram::OpenOptions options{
      vnvram::is_uri(image.target) ? storage::Access::kReadOnly : storage::Access::kReadWrite, key,
      image.wait_ms, true};
  Result<vnvram::Image> opened = vnvram::open_image(context.files, location, options);
  if (opened || opened.error().id != ErrorId::kPermission) return opened;
  Result<bool> used = context.files.image_in_use(image.target);
  if (!used) return used.error();
  if (*used) return storage::image_in_use_error(image.target);
  options.access = storage::Access::kReadOnly;
  return vnvram::open_image(context.files, location, options);
}

Result<Held> read_image(const Context& context, const BlobImage& image) {
  Result<std::optional<seal::Key>> key = read_key(image.key);
  if (!key) return key.error();
  Result<vnvram::Image> opened = open_unused(context, image, key->has_value() ? &**key : nullptr);
  if (!opened) return opened.error();
  Held held;
  for (const StateKind kind : tpm::kAllStates) {
    Result<std::size_t> index = opened->find(tpm::entry_name(kind));
    if (!index && kind == StateKind::kSaveState) continue;
    if (!index) return index.error();
    Result<std::optional<vnvram::Blob>> blob = opened->read_if_present(*index);
    if (!blob) return blob.error();
    if (!blob->has_value()) continue;
    const octets::Bytes bytes = (*blob)->bytes();
    held.states[kind].assign(bytes.begin(), bytes.end());
  }
  const auto permanent = held.states.find(StateKind::kPermanent);
  if (permanent == held.states.end()) {
    return Error(ErrorId::kNoTpmState, fmt::format("{} holds no TPM", image.target))
        .at(Place::in_file(image.target))
        .with_hint("nonvol tpm show " + octets::shell_path(image.target));
  }
  Result<tpm::PermanentFacts> facts = tpm::read_permanent(permanent->second);
  if (!facts) return Error(facts.error()).at(Place::in_file(image.target));
  held.version = facts->version;
  return held;
}

}  // namespace

Result<TpmImportReport> tpm_import(const Context& context, const TpmImportRequest& request) {
  TpmImportReport report{.source = request.source, .dry_run = request.dry_run};
  Result<TpmPlace> place = tpm_place(context, request.image);
  if (!place) return place.error();
  report.image = place->image.target;
  if (request.version) {
    if (Result<void> right = check_guest_version(*place, *request.version); !right) return right.error();
  }
  Result<std::optional<seal::Key>> key = read_key(place->image.key);
  if (!key) return key.error();
  Result<Source> source = read_source(context, request, request.version ? request.version : place->version);
  if (!source) return source.error();
  for (const StateKind kind : tpm::kAllStates) {
    Result<std::optional<State>> state = source->states.load(kind);
    if (!state->has_value()) continue;
    report.parts.push_back({kind, (*state)->size()});
    seal::wipe(**state);
  }
  Result<TpmVersion> version = verify(source->states, request);
  if (!version) return version.error();
  if (Result<void> right = check_guest_version(*place, *version); !right) return right.error();
  report.version = *version;
  Result<StoredStates> stored = store_states(
      context,
      {place->image, key->has_value() ? &**key : nullptr, *version, request.lose_secrets, request.dry_run},
      source->states);
  if (!stored) return stored.error();
  report.outcome = stored->outcome;
  report.nothing_to_do = stored->nothing_to_do;
  report.generation = stored->generation;
  return report;
}

Result<TpmExportReport> tpm_export(const Context& context, const TpmExportRequest& request) {
  TpmExportReport report{.target = request.target, .form = request.form, .dry_run = request.dry_run};
  Result<BlobImage> image = tpm_image(context, request.image);
  if (!image) return image.error();
  report.image = image->target;
  Result<std::vector<tpm::SwtpmKey>> keys = read_swtpm_keys(request.key_file, request.passphrase_file);
  if (!keys) return keys.error();
  report.encrypted = !keys->empty();
  if (!request.passphrase_file.empty()) {
    report.swtpm_key_option = fmt::format("pwdfile={},mode=aes-256-cbc", request.passphrase_file);
  }
  Result<Held> held = read_image(context, *image);
  if (!held) return held.error();
  report.version = held->version;
  for (const auto& [kind, state] : held->states) report.parts.push_back({kind, state.size()});
  const StatesToSwtpm job{request, image->target, *keys, held->states};
  Result<void> written = request.form == SwtpmForm::kDirectory ? write_swtpm_directory(context, job, report)
                                                               : write_swtpm_linear(context, job, report);
  for (auto& [kind, state] : held->states) seal::wipe(state);
  if (!written) return written.error();
  return report;
}

}  // namespace nonvol::api
