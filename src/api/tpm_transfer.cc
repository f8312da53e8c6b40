#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "api/tpm.h"
#include "api/tpm_store.h"
#include "octets/text.h"
#include "seal/aead.h"
#include "storage/byte_stream.h"
#include "storage/file_beside.h"
#include "storage/image_lock.h"
#include "tpm/swtpm_blob.h"
#include "tpm/swtpm_linear.h"
#include "tpm/tpm.h"

namespace nonvol::api {
namespace {

using tpm::State;
using tpm::StateKind;
using tpm::TpmVersion;

// A block device may be larger than what is in it.
constexpr std::uint64_t kMaxSourceBytes = tpm::kLargestSwtpmLinearBytes;

// swtpm's names (its swtpm_nvstore_dir.c): "tpm2-00.permall".
std::string swtpm_file(TpmVersion version, StateKind kind) {
  return fmt::format("{}-00.{}", version == TpmVersion::k12 ? "tpm" : "tpm2", tpm::entry_name(kind));
}

using OwnedBlobs = std::map<StateKind, std::vector<std::uint8_t>>;

Error in_use_by_swtpm(const std::string& source) {
  return Error(ErrorId::kImageInUse, fmt::format("{} is in use by another process, perhaps swtpm", source))
      .at(Place::in_file(source))
      .with_hint("swtpm_ioctl --unix SOCKET -s");
}

// Which TPM the directory holds; both is possible.
Result<TpmVersion> version_in(const Context& context, const TpmImportRequest& request) {
  for (const TpmVersion version : {TpmVersion::k20, TpmVersion::k12}) {
    if (request.version && *request.version != version) continue;
    const std::string path = request.source + "/" + swtpm_file(version, StateKind::kPermanent);
    Result<storage::FileStatus> status = context.files.status(path);
    if (status) return version;
    if (status.error().id != ErrorId::kFileMissing) return status.error();
  }
  return Error(ErrorId::kNoSwtpmState, fmt::format("{} has no {} and no {}", request.source,
                                                   swtpm_file(TpmVersion::k20, StateKind::kPermanent),
                                                   swtpm_file(TpmVersion::k12, StateKind::kPermanent)))
      .at(Place::in_file(request.source))
      .with_hint("ls -l " + octets::shell_path(request.source));
}

Result<OwnedBlobs> read_directory(const Context& context, const TpmImportRequest& request) {
  Result<TpmVersion> version = version_in(context, request);
  if (!version) return version.error();
  OwnedBlobs blobs;
  for (const StateKind kind : tpm::kAllStates) {
    const std::string path = request.source + "/" + swtpm_file(*version, kind);
    Result<std::vector<std::uint8_t>> content = storage::read_input(path, tpm::kLargestSwtpmBlobBytes);
    if (!content && content.error().id == ErrorId::kFileMissing) continue;
    if (!content) return content.error();
    blobs[kind] = *std::move(content);
  }
  return blobs;
}

Result<OwnedBlobs> read_linear(const TpmImportRequest& request) {
  Result<std::vector<std::uint8_t>> content = storage::read_input(request.source, kMaxSourceBytes);
  if (!content) return content.error();
  Result<tpm::SwtpmBlobs> blobs = tpm::decode_swtpm_linear(*content, request.source);
  if (!blobs) return blobs.error();
  OwnedBlobs owned;
  for (const auto& [kind, blob] : *blobs) owned[kind].assign(blob.begin(), blob.end());
  return owned;
}

// With the first key that fits, where a passphrase gave several.
Result<State> decode(octets::Bytes blob, const std::vector<tpm::SwtpmKey>& keys, const std::string& name) {
  Result<State> state = tpm::decode_swtpm_blob(blob, {keys.empty() ? nullptr : keys.data()}, name);
  for (std::size_t i = 1; i < keys.size() && !state && state.error().id == ErrorId::kSwtpmWrongKey; ++i) {
    state = tpm::decode_swtpm_blob(blob, {&keys[i]}, name);
  }
  return state;
}

Result<OwnedBlobs> read_source(const Context& context, const TpmImportRequest& request) {
  Result<storage::FileStatus> status = context.files.status(request.source);
  if (!status) return status.error();
  const bool is_directory = status->kind == storage::FileKind::kDirectory;
  Result<bool> locked =
      storage::is_locked_by_process(is_directory ? request.source + "/.lock" : request.source);
  if (!locked) return locked.error();
  if (*locked) return in_use_by_swtpm(request.source);
  return is_directory ? read_directory(context, request) : read_linear(request);
}

// The states, of which libtpms must take the permanent and the volatile one.
Result<TpmVersion> verify(tpm::MemoryState& states, std::optional<TpmVersion> wanted,
                          const std::string& source) {
  Result<std::optional<State>> permanent = states.load(StateKind::kPermanent);
  Result<tpm::PermanentFacts> facts = tpm::read_permanent(**permanent);
  if (!facts) return Error(facts.error()).at(Place::in_file(source));
  if (wanted && *wanted != facts->version) {
    return Error(ErrorId::kTpmOtherVersion,
                 fmt::format("{} holds a TPM {}", source, tpm::to_string(facts->version)))
        .at(Place::in_file(source));
  }
  // A TPM that is switched on writes, and what is imported is what was there.
  tpm::MemoryState copy = states;
  Result<std::unique_ptr<tpm::Tpm>> tpm = tpm::Tpm::make(facts->version, copy);
  if (!tpm) return tpm.error();
  if (Result<void> on = (*tpm)->switch_on(); !on) return Error(on.error()).at(Place::in_file(source));
  (*tpm)->switch_off();
  return facts->version;
}

Result<tpm::MemoryState> read_states(const Context& context, const TpmImportRequest& request,
                                     std::vector<TpmImportReport::Part>& parts) {
  Result<std::vector<tpm::SwtpmKey>> keys = read_swtpm_keys(request.key_file, request.passphrase_file);
  if (!keys) return keys.error();
  Result<OwnedBlobs> blobs = read_source(context, request);
  if (!blobs) return blobs.error();
  tpm::MemoryState states;
  for (const auto& [kind, blob] : *blobs) {
    // What swtpm leaves where it deleted something.
    if (blob.empty() && kind != StateKind::kPermanent) continue;
    Result<State> state = decode(blob, *keys, request.source);
    if (!state) return Error(state.error()).at(Place::in_file(request.source));
    parts.push_back({kind, state->size()});
    static_cast<void>(states.store(kind, *state));
    seal::wipe(*state);
  }
  return states;
}

struct Held {
  TpmVersion version = TpmVersion::k20;
  std::map<StateKind, State> states;
};

Result<Held> read_image(const Context& context, const BlobImage& image) {
  Result<OpenBlobs> blobs = open_blobs(context, image, storage::Access::kReadOnly);
  if (!blobs) return blobs.error();
  Held held;
  for (const StateKind kind : tpm::kAllStates) {
    Result<std::size_t> index = blobs->image.find(tpm::entry_name(kind));
    if (!index && kind == StateKind::kSaveState) continue;
    if (!index) return index.error();
    Result<std::optional<vnvram::Blob>> blob = blobs->image.read_if_present(*index);
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

Error target_holds_tpm(const std::string& path) {
  return Error(ErrorId::kTpmStateThere, fmt::format("{} is there already", path))
      .at(Place::in_file(path))
      .with_hint("ls -l " + octets::shell_path(path));
}

Result<void> write_directory(const Context& context, const TpmExportRequest& request, const OwnedBlobs& blobs,
                             TpmExportReport& report) {
  storage::FileSystem& files = context.files;
  Result<storage::FileStatus> status = files.status(request.target);
  if (!status && status.error().id != ErrorId::kFileMissing) return status.error();
  if (status && status->kind != storage::FileKind::kDirectory) return target_holds_tpm(request.target);
  Result<bool> locked = storage::is_locked_by_process(request.target + "/.lock");
  if (!locked) return locked.error();
  if (*locked) return in_use_by_swtpm(request.target);
  // The permanent state last: without it there is no TPM, and a volatile one is of no use.
  std::vector<StateKind> order(std::rbegin(tpm::kAllStates), std::rend(tpm::kAllStates));
  for (const StateKind kind : order) {
    const std::string path = request.target + "/" + swtpm_file(report.version, kind);
    if (!request.lose_secrets && files.status(path)) return target_holds_tpm(path);
    if (blobs.contains(kind)) report.files.push_back(path);
  }
  if (request.dry_run) return {};
  if (!status) {
    if (Result<void> made = files.make_directory(request.target); !made) return made;
  }
  for (const StateKind kind : order) {
    const std::string path = request.target + "/" + swtpm_file(report.version, kind);
    const auto blob = blobs.find(kind);
    if (blob != blobs.end()) {
      if (Result<void> written = storage::write_whole_file(files, path, blob->second); !written)
        return written;
    } else if (files.status(path)) {
      if (Result<void> removed = files.remove_file(path); !removed) return removed;
    }
  }
  return files.sync_directory(request.target);
}

Result<void> write_linear(const Context& context, const TpmExportRequest& request, const OwnedBlobs& blobs,
                          TpmExportReport& report) {
  tpm::SwtpmBlobs views;
  for (const auto& [kind, blob] : blobs) views[kind] = blob;
  Result<std::vector<std::uint8_t>> file = tpm::encode_swtpm_linear(views);
  if (!file) return file.error();
  report.files.push_back(request.target);
  Result<storage::FileStatus> status = context.files.status(request.target);
  if (status && !request.lose_secrets) return target_holds_tpm(request.target);
  if (!status && status.error().id != ErrorId::kFileMissing) return status.error();
  Result<bool> locked = storage::is_locked_by_process(request.target);
  if (!locked) return locked.error();
  if (*locked) return in_use_by_swtpm(request.target);
  if (request.dry_run) return {};
  return storage::write_whole_file(context.files, request.target, *file);
}

}  // namespace

Result<TpmImportReport> tpm_import(const Context& context, const TpmImportRequest& request) {
  TpmImportReport report{.source = request.source, .dry_run = request.dry_run};
  Result<BlobImage> image = tpm_image(context, request.image);
  if (!image) return image.error();
  report.image = image->target;
  Result<tpm::MemoryState> states = read_states(context, request, report.parts);
  if (!states) return states.error();
  Result<TpmVersion> version = verify(*states, request.version, request.source);
  if (!version) return version.error();
  report.version = *version;
  Result<StoredStates> stored =
      store_states(context, {*image, *version, request.lose_secrets, request.dry_run}, *states);
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
  Result<Held> held = read_image(context, *image);
  if (!held) return held.error();
  report.version = held->version;
  OwnedBlobs blobs;
  for (auto& [kind, state] : held->states) {
    report.parts.push_back({kind, state.size()});
    Result<std::vector<std::uint8_t>> blob =
        tpm::encode_swtpm_file(state, keys->empty() ? nullptr : keys->data());
    seal::wipe(state);
    if (!blob) return blob.error();
    blobs[kind] = *std::move(blob);
  }
  Result<void> written = request.form == SwtpmForm::kDirectory
                             ? write_directory(context, request, blobs, report)
                             : write_linear(context, request, blobs, report);
  if (!written) return written.error();
  return report;
}

}  // namespace nonvol::api
