#include "api/tpm_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "octets/text.h"
#include "seal/aead.h"
#include "storage/byte_stream.h"
#include "storage/file_attributes.h"
#include "storage/file_beside.h"
#include "vnvram/format.h"

namespace nonvol::api {
namespace {

using tpm::State;
using tpm::StateKind;

constexpr std::uint64_t kMaxKeyFileBytes = 4096;

Error state_there(const std::string& image) {
  return Error(ErrorId::kTpmStateThere, fmt::format("{} holds a TPM already", image))
      .at(Place::in_file(image))
      .with_hint("nonvol tpm show " + octets::shell_path(image));
}

vnvram::FormatRequest format_request(tpm::TpmVersion version, const seal::Key* key,
                                     std::uint64_t file_bytes) {
  vnvram::FormatRequest request;
  request.layout.entries = tpm_entries(version, key != nullptr);
  if (file_bytes != 0) request.layout.size_bytes = file_bytes;
  request.user_key = key;
  return request;
}

Error not_empty(const std::string& image) {
  return Error(ErrorId::kNotEmpty, fmt::format("{} holds something that is no NVRAM image", image))
      .at(Place::in_file(image))
      .with_hint("ls -l " + octets::shell_path(image));
}

// What is at the place where a TPM is to be stored.
enum class Target { kMissing, kBlank, kImage };
Result<Target> target_in(storage::BlockFile& file, const std::string& name) {
  Result<vnvram::Occupant> occupant = vnvram::occupant(file, name);
  if (!occupant) return occupant.error();
  if (*occupant == vnvram::Occupant::kNothing) return Target::kBlank;
  return *occupant == vnvram::Occupant::kNvram ? Result<Target>(Target::kImage) : not_empty(name);
}

Result<void> check_new_file(const Context& context, const std::string& path) {
  const std::string directory = storage::directory_of(path);
  Result<storage::FileStatus> status = context.files.status(directory);
  if (!status) return status.error();
  if (status->kind == storage::FileKind::kDirectory) return {};
  return Error(ErrorId::kFileMissing, fmt::format("{} is no directory", directory))
      .at(Place::in_file(directory));
}

Result<void> check_blank(storage::BlockFile& file, const StatesIntoImage& job) {
  Result<vnvram::Layout> layout =
      vnvram::plan_layout(format_request(job.version, job.key, file.size_bytes()).layout);
  return layout ? Result<void>() : layout.error();
}

// What is there as long as nobody writes to it: who has no lock cannot know.
Result<Target> target_of(const Context& context, const StatesIntoImage& job) {
  const BlobImage& image = job.image;
  Result<std::unique_ptr<storage::BlockFile>> file =
      vnvram::open_file(context.files, {image.target, image.luks_key_file}, {storage::Access::kReadOnly});
  if (!file && file.error().id == ErrorId::kFileMissing) {
    Result<void> possible = check_new_file(context, image.target);
    return possible ? Result<Target>(Target::kMissing) : possible.error();
  }
  if (!file) return file.error();
  Result<Target> target = target_in(**file, image.target);
  if (!target || *target != Target::kBlank) return target;
  // A pipe or terminal, which could not be opened for writing.
  if (!vnvram::is_uri(image.target) && (*file)->size_bytes() == 0) {
    Result<storage::FileStatus> status = context.files.status(image.target);
    if (status && status->kind != storage::FileKind::kRegular) {
      return Error(ErrorId::kInputOutput, image.target + " is neither a file nor a block device")
          .at(Place::in_file(image.target));
    }
  }
  Result<void> possible = check_blank(**file, job);
  return possible ? target : possible.error();
}

Result<std::unique_ptr<serve::NvramState>> open_state(const Context& context, const StatesIntoImage& job) {
  std::optional<seal::Key> key;
  if (job.key != nullptr) key.emplace(job.key->bytes().first<seal::Key::kSizeBytes>());
  return serve::NvramState::open(
      context.files, {{job.image.target, job.image.luks_key_file}, std::move(key), job.image.wait_ms, false});
}

Result<StoredStates> store_in_new_file(const Context& context, const StatesIntoImage& job,
                                       tpm::MemoryState& source) {
  StoredStates stored{TpmImageOutcome::kCreated, false, job.key != nullptr, 0};
  if (job.dry_run) return stored;
  Result<storage::FileBeside> beside = storage::FileBeside::create(context.files, job.image.target);
  if (!beside) return beside.error();
  const std::unique_ptr<storage::BlockFile> file = beside->take_file();
  Result<std::uint64_t> generation = fill_new_image(*file, job.image.target, job.version, job.key, source);
  if (!generation) return generation.error();
  if (Result<void> done = beside->publish(storage::FileBeside::Replace::kNever); !done) return done.error();
  stored.generation = *generation;
  return stored;
}

// Whether the store holds exactly what the source does.
Result<bool> holds_the_same(serve::NvramState& store, tpm::MemoryState& source) {
  for (const StateKind kind : tpm::kAllStates) {
    Result<std::optional<State>> there = store.load(kind);
    if (!there) return there.error();
    if (*there != *source.load(kind)) return false;
  }
  return true;
}

// Without a volatile state the permanent one is that of a computer that was switched off: of the old TPM or
// of the new one, at every step.
Result<void> replace_states(serve::NvramState& store, tpm::MemoryState& source) {
  for (const StateKind kind : {StateKind::kVolatile, StateKind::kSaveState}) {
    if (Result<void> emptied = store.replace(kind, std::nullopt); !emptied) return emptied;
  }
  for (const StateKind kind : tpm::kAllStates) {
    Result<std::optional<State>> state = source.load(kind);
    if (!state->has_value()) continue;
    if (Result<void> written = store.replace(kind, *state); !written) return written;
    seal::wipe(**state);
  }
  return {};
}

Result<StoredStates> store_in_image(const Context& context, const StatesIntoImage& job,
                                    tpm::MemoryState& source) {
  Result<std::unique_ptr<serve::NvramState>> store = open_state(context, job);
  if (!store) return store.error();
  if (Result<void> room = (*store)->check_room(job.version); !room) return room.error();
  StoredStates stored{TpmImageOutcome::kFilled, false, (*store)->encrypted(), 0};
  Result<std::optional<State>> before = (*store)->load(StateKind::kPermanent);
  if (!before && !job.lose_secrets) return before.error();
  if (!before || before->has_value()) stored.outcome = TpmImageOutcome::kReplaced;
  if (before) {
    Result<bool> same = holds_the_same(**store, source);
    if (!same && !job.lose_secrets) return same.error();
    stored.nothing_to_do = same && *same;
  }
  if (stored.outcome == TpmImageOutcome::kReplaced && !stored.nothing_to_do && !job.lose_secrets) {
    return state_there(job.image.target);
  }
  if (!job.dry_run && !stored.nothing_to_do) {
    if (Result<void> done = replace_states(**store, source); !done) return done.error();
  }
  Result<std::uint64_t> generation = (*store)->generation();
  if (!generation) return generation.error();
  stored.generation = *generation;
  return stored;
}

Result<StoredStates> store_in_blank(const Context& context, const StatesIntoImage& job,
                                    tpm::MemoryState& source) {
  StoredStates stored{TpmImageOutcome::kFilled, false, job.key != nullptr, 0};
  if (job.dry_run) return stored;
  Result<std::unique_ptr<storage::BlockFile>> file =
      vnvram::open_file(context.files, {job.image.target, job.image.luks_key_file},
                        {storage::Access::kReadWrite, nullptr, job.image.wait_ms});
  if (!file) return file.error();
  // With the lock: whoever had it may have made a TPM here since target_of() looked.
  Result<Target> target = target_in(**file, job.image.target);
  if (!target) return target.error();
  if (*target == Target::kImage) {
    file->reset();
    return store_in_image(context, job, source);
  }
  // Whoever made the file did not know that it would hold secrets.
  if (!vnvram::is_uri(job.image.target)) {
    if (Result<void> done = storage::make_private(job.image.target); !done) return done.error();
  }
  Result<std::uint64_t> generation = fill_new_image(**file, job.image.target, job.version, job.key, source);
  if (!generation) return generation.error();
  stored.generation = *generation;
  return stored;
}

}  // namespace

Result<std::uint64_t> fill_new_image(storage::BlockFile& file, const std::string& name,
                                     tpm::TpmVersion version, const seal::Key* key,
                                     tpm::MemoryState& source) {
  const vnvram::FormatRequest request = format_request(version, key, file.size_bytes());
  Result<vnvram::Layout> layout = vnvram::plan_layout(request.layout);
  if (!layout) return layout.error();
  if (Result<void> done = vnvram::format(file, *layout, request); !done) return done.error();
  Result<std::unique_ptr<serve::NvramState>> store = serve::NvramState::of_file(file, name, key);
  if (!store) return store.error();
  if (Result<void> done = replace_states(**store, source); !done) return done.error();
  return (*store)->generation();
}

Result<void> check_target(const Context& context, const StatesIntoImage& job) {
  Result<Target> target = target_of(context, job);
  if (!target) return target.error();
  if (*target != Target::kImage || job.lose_secrets) return {};
  Result<vnvram::Image> image = vnvram::open_image(context.files, {job.image.target, job.image.luks_key_file},
                                                   {storage::Access::kReadOnly, job.key, job.image.wait_ms});
  if (!image) return image.error();
  Result<std::size_t> index = image->find(tpm::entry_name(StateKind::kPermanent));
  if (!index) return {};
  Result<vnvram::EntryState> state = image->state(*index);
  if (!state) return state.error();
  using enum vnvram::BlobState;
  const bool holds_nothing = state->state == kNeverWritten || state->state == kDeleted;
  return holds_nothing ? Result<void>() : state_there(job.image.target);
}

Result<StoredStates> store_states(const Context& context, const StatesIntoImage& job,
                                  tpm::MemoryState& source) {
  Result<Target> target = target_of(context, job);
  if (!target) return target.error();
  switch (*target) {
    case Target::kMissing:
      return store_in_new_file(context, job, source);
    case Target::kBlank:
      return store_in_blank(context, job, source);
    case Target::kImage:
      break;
  }
  return store_in_image(context, job, source);
}

Result<std::vector<tpm::SwtpmKey>> read_swtpm_keys(const std::string& key_file,
                                                   const std::string& passphrase_file) {
  std::vector<tpm::SwtpmKey> keys;
  if (!key_file.empty() && !passphrase_file.empty()) {
    return Error(ErrorId::kContradiction, "--swtpm-key-file and --swtpm-passphrase-file exclude each other")
        .with_hint("nonvol help tpm import");
  }
  const std::string& file = key_file.empty() ? passphrase_file : key_file;
  if (file.empty()) return keys;
  Result<std::vector<std::uint8_t>> content = storage::read_input(file, kMaxKeyFileBytes);
  if (!content) return content.error();
  Result<void> made;
  const auto add = [&](Result<tpm::SwtpmKey> key) {
    if (key) keys.push_back(*std::move(key));
    if (!key && made) made = key.error();
  };
  if (content->size() > kMaxKeyFileBytes) {
    made = Error(ErrorId::kBadSwtpmKey, fmt::format("{} has more than {} bytes", file, kMaxKeyFileBytes))
               .at(Place::in_file(file))
               .with_hint("wc -c " + octets::shell_path(file));
  } else if (!key_file.empty()) {
    add(tpm::parse_swtpm_key(*content, file));
  } else {
    for (const auto kdf : {tpm::SwtpmKdf::kPbkdf2, tpm::SwtpmKdf::kSha512}) {
      for (const std::size_t size_bytes : {32, 16}) {
        add(tpm::swtpm_key_from_passphrase(*content, kdf, size_bytes));
      }
    }
  }
  seal::wipe(*content);
  if (!made) return made.error();
  return keys;
}

}  // namespace nonvol::api
