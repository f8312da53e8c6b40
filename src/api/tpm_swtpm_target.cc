#include "api/tpm_swtpm_target.h"

#include <fmt/format.h>

#include "octets/text.h"
#include "storage/file_beside.h"
#include "tpm/swtpm_blob.h"
#include "tpm/swtpm_linear.h"

namespace nonvol::api {
namespace {

using storage::FileKind;
using storage::FileStatus;
using storage::ProcessLock;
using tpm::State;
using tpm::StateKind;

Error refused(ErrorId id, const std::string& path, std::string_view what) {
  return Error(id, fmt::format("{} {}", path, what))
      .at(Place::in_file(path))
      .with_hint("ls -ld " + octets::shell_path(path));
}

Error state_there(const std::string& path) {
  return refused(ErrorId::kTpmStateThere, path, "is there already");
}

// Nothing: there is nothing of that name, not even a link.
Result<std::optional<FileStatus>> status_of(const Context& context, const std::string& path) {
  Result<FileStatus> status = context.files.status(path);
  if (status) return std::optional(*status);
  if (status.error().id != ErrorId::kFileMissing) return status.error();
  if (context.files.read_link(path)) return refused(ErrorId::kAlreadyThere, path, "is a link to nothing");
  return std::optional<FileStatus>();
}

Result<void> check_above(const Context& context, const std::string& path) {
  const std::string directory = storage::directory_of(path);
  Result<FileStatus> status = context.files.status(directory);
  if (!status) return status.error();
  if (status->kind == FileKind::kDirectory) return {};
  return refused(ErrorId::kFileMissing, directory, "is no directory");
}

Result<void> refuse_image_itself(const Context& context, const StatesToSwtpm& job, const std::string& path,
                                 const FileStatus& there) {
  if (vnvram::is_uri(job.image)) return {};
  Result<FileStatus> image = context.files.status(job.image);
  if (!image) return image.error();
  if (there.inode == 0 || there.inode != image->inode || there.device != image->device) return {};
  return refused(ErrorId::kNotEmpty, path, "is the image itself");
}

Result<OwnedBlobs> encode(const StatesToSwtpm& job) {
  OwnedBlobs blobs;
  for (const auto& [kind, state] : job.states) {
    Result<std::vector<std::uint8_t>> blob =
        tpm::encode_swtpm_file(state, job.keys.empty() ? nullptr : job.keys.data());
    if (!blob) return blob.error();
    blobs[kind] = *std::move(blob);
  }
  return blobs;
}

// Whether what is there is these states, under the same key; what cannot be read is not.
bool are_these(const Result<OwnedBlobs>& blobs, const StatesToSwtpm& job) {
  if (!blobs) return false;
  Result<tpm::MemoryState> there = decode_swtpm_blobs(*blobs, job.keys, job.request.target);
  if (!there) return false;
  for (const StateKind kind : tpm::kAllStates) {
    const std::optional<State> found = *there->load(kind);
    const auto wanted = job.states.find(kind);
    if (found.has_value() != (wanted != job.states.end())) return false;
    if (found && *found != wanted->second) return false;
  }
  return true;
}

std::string without_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

// The old volatile states go first, for ever, and the new ones come last: at every step there is the old
// permanent state or the new one, alone or with what belongs to it.
Result<void> replace_files(storage::FileSystem& files, const std::string& directory, tpm::TpmVersion version,
                           const OwnedBlobs& blobs) {
  bool removed = false;
  for (const StateKind kind : {StateKind::kVolatile, StateKind::kSaveState}) {
    const std::string path = directory + "/" + swtpm_file(version, kind);
    if (!files.status(path)) continue;
    if (Result<void> done = files.remove_file(path); !done) return done;
    removed = true;
  }
  if (removed) {
    if (Result<void> done = files.sync_directory(directory); !done) return done;
  }
  for (const StateKind kind : tpm::kAllStates) {
    const auto blob = blobs.find(kind);
    if (blob == blobs.end()) continue;
    const std::string path = directory + "/" + swtpm_file(version, kind);
    if (Result<void> done = storage::replace_whole_file(files, path, blob->second); !done) return done;
  }
  return {};
}

// The first of the state files that is there, if any.
Result<std::optional<std::string>> check_members(const Context& context, const StatesToSwtpm& job,
                                                 const std::string& directory, TpmExportReport& report) {
  std::optional<std::string> first;
  for (const StateKind kind : tpm::kAllStates) {
    const std::string path = directory + "/" + swtpm_file(report.version, kind);
    if (job.states.contains(kind)) report.files.push_back(path);
    Result<std::optional<FileStatus>> status = status_of(context, path);
    if (!status) return status.error();
    if (!status->has_value()) continue;
    if (context.files.read_link(path) || (*status)->kind != FileKind::kRegular) {
      return refused(ErrorId::kAlreadyThere, path, "is no regular file");
    }
    if (Result<void> other = refuse_image_itself(context, job, path, **status); !other) return other.error();
    if (!first) first = path;
  }
  return first;
}

Error holds_other(const std::string& path) {
  return refused(ErrorId::kNotEmpty, path, "holds something that is no state of swtpm");
}

}  // namespace

Result<void> write_swtpm_directory(const Context& context, const StatesToSwtpm& job,
                                   TpmExportReport& report) {
  const std::string directory = without_slashes(job.request.target);
  Result<std::optional<FileStatus>> status = status_of(context, directory);
  if (!status) return status.error();
  const bool is_there = status->has_value();
  if (is_there && (*status)->kind != FileKind::kDirectory) {
    return refused(ErrorId::kAlreadyThere, directory, "is there already, and no directory");
  }
  if (!is_there) {
    if (Result<void> above = check_above(context, directory); !above) return above;
    if (!report.dry_run) {
      if (Result<void> made = context.files.make_directory(directory); !made) return made;
      if (Result<void> kept = context.files.sync_directory(storage::directory_of(directory)); !kept) {
        return kept;
      }
    }
  }
  std::optional<ProcessLock> held;
  if (is_there || !report.dry_run) {
    Result<ProcessLock> lock = lock_swtpm_directory(directory, report.dry_run);
    if (!lock) return lock.error();
    held = *std::move(lock);
  }
  Result<std::optional<std::string>> first = check_members(context, job, directory, report);
  if (!first) return first.error();
  if (first->has_value()) {
    report.nothing_to_do = are_these(read_swtpm_directory(context, directory, report.version), job);
    if (report.nothing_to_do) return {};
    if (!job.request.lose_secrets) return state_there(**first);
  }
  if (report.dry_run) return {};
  Result<OwnedBlobs> blobs = encode(job);
  if (!blobs) return blobs.error();
  return replace_files(context.files, directory, report.version, *blobs);
}

Result<void> write_swtpm_linear(const Context& context, const StatesToSwtpm& job, TpmExportReport& report) {
  std::string path = job.request.target;
  report.files.push_back(path);
  Result<OwnedBlobs> blobs = encode(job);
  if (!blobs) return blobs.error();
  tpm::SwtpmBlobs views;
  for (const auto& [kind, blob] : *blobs) views[kind] = blob;
  Result<std::vector<std::uint8_t>> file = tpm::encode_swtpm_linear(views);
  if (!file) return file.error();
  Result<std::optional<FileStatus>> status = status_of(context, path);
  if (!status) return status.error();
  std::optional<ProcessLock> held;
  if (!status->has_value()) {
    if (Result<void> above = check_above(context, path); !above) return above;
  } else {
    if ((*status)->kind != FileKind::kRegular) {
      return refused(ErrorId::kAlreadyThere, path,
                     "is no regular file: write a new one, and copy it to where it belongs");
    }
    if (Result<void> other = refuse_image_itself(context, job, path, **status); !other) return other;
    Result<ProcessLock> lock = lock_swtpm_linear(path);
    if (!lock) return lock.error();
    held = *std::move(lock);
    if ((*status)->size_bytes != 0) {
      Result<OwnedBlobs> there = read_swtpm_linear(*held, path);
      if (!there) return holds_other(path);
      report.nothing_to_do = are_these(there, job);
      if (report.nothing_to_do) return {};
      if (!job.request.lose_secrets) return state_there(path);
    }
    // Whoever put a link there wants what it leads to replaced, and not the link.
    Result<std::string> real = storage::real_path(path);
    if (!real) return real.error();
    path = *std::move(real);
  }
  if (report.dry_run) return {};
  return storage::replace_whole_file(context.files, path, *file);
}

}  // namespace nonvol::api
