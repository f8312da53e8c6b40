#include "api/tpm_swtpm_source.h"

#include <fmt/format.h>

#include "seal/aead.h"
#include "storage/byte_stream.h"
#include "tpm/swtpm_blob.h"
#include "tpm/swtpm_linear.h"

namespace nonvol::api {
namespace {

using storage::ProcessLock;
using tpm::State;
using tpm::StateKind;

Result<ProcessLock> in_words(Result<ProcessLock> lock) {
  if (lock || lock.error().id != ErrorId::kImageInUse) return lock;
  Error error = lock.error();
  error.notes.push_back("a swtpm that runs on it would go on with what it has in memory");
  return error;
}

// With the key whose size fits, so that what is wrong with that one is what is said.
Result<State> decode(octets::Bytes blob, const std::vector<tpm::SwtpmKey>& keys, const std::string& name) {
  const std::optional<std::size_t> key_bytes = tpm::swtpm_key_bytes(blob);
  const tpm::SwtpmKey* last = keys.empty() ? nullptr : keys.data();
  for (const tpm::SwtpmKey& key : keys) {
    if (key.bytes.size() != key_bytes) continue;
    last = &key;
    Result<State> state = tpm::decode_swtpm_blob(blob, {&key}, name);
    if (state || state.error().id != ErrorId::kSwtpmWrongKey) return state;
  }
  return tpm::decode_swtpm_blob(blob, {last}, name);
}

}  // namespace

std::string swtpm_file(tpm::TpmVersion version, StateKind kind) {
  return fmt::format("{}-00.{}", version == tpm::TpmVersion::k12 ? "tpm" : "tpm2", tpm::entry_name(kind));
}

Result<ProcessLock> lock_swtpm_directory(const std::string& directory, bool rehearsal) {
  const std::string path = directory + "/.lock";
  return in_words(
      ProcessLock::take(path, rehearsal ? ProcessLock::Make::kRehearse : ProcessLock::Make::kIfMissing));
}

Result<ProcessLock> lock_swtpm_linear(const std::string& path) {
  return in_words(ProcessLock::take(path, ProcessLock::Make::kNever));
}

Result<OwnedBlobs> read_swtpm_directory(const Context& context, const std::string& directory,
                                        tpm::TpmVersion version) {
  OwnedBlobs blobs;
  for (const StateKind kind : tpm::kAllStates) {
    const std::string path = directory + "/" + swtpm_file(version, kind);
    Result<storage::FileStatus> status = context.files.status(path);
    if (!status && status.error().id == ErrorId::kFileMissing) continue;
    if (!status) return status.error();
    // A pipe would be waited for.
    if (status->kind != storage::FileKind::kRegular) {
      return Error(ErrorId::kInputOutput, path + " is no regular file").at(Place::in_file(path));
    }
    Result<std::vector<std::uint8_t>> content = storage::read_input(path, tpm::kLargestSwtpmBlobBytes);
    if (!content) return content.error();
    blobs[kind] = *std::move(content);
  }
  return blobs;
}

Result<OwnedBlobs> read_swtpm_linear(const ProcessLock& lock, const std::string& name) {
  // A block device may be larger than what is in it.
  Result<std::vector<std::uint8_t>> content =
      storage::read_descriptor(lock.descriptor(), tpm::kLargestSwtpmLinearBytes, name);
  if (!content) return content.error();
  Result<tpm::SwtpmBlobs> blobs = tpm::decode_swtpm_linear(*content, name);
  if (!blobs) return blobs.error();
  OwnedBlobs owned;
  for (const auto& [kind, blob] : *blobs) owned[kind].assign(blob.begin(), blob.end());
  return owned;
}

Result<tpm::MemoryState> decode_swtpm_blobs(const OwnedBlobs& blobs, const std::vector<tpm::SwtpmKey>& keys,
                                            const std::string& name) {
  tpm::MemoryState states;
  for (const auto& [kind, blob] : blobs) {
    // What swtpm leaves where it deleted something.
    if (blob.empty() && kind != StateKind::kPermanent) continue;
    Result<State> state = decode(blob, keys, name);
    if (!state) return Error(state.error()).at(Place::in_file(name));
    static_cast<void>(states.store(kind, *state));
    seal::wipe(*state);
  }
  return states;
}

}  // namespace nonvol::api
