#include "serve/nvram_state.h"

#include <fmt/format.h>

#include <algorithm>

#include "octets/text.h"
#include "seal/aead.h"
#include "storage/lent_file.h"

namespace nonvol::serve {
namespace {

using tpm::State;
using tpm::StateKind;
using tpm::TpmVersion;

void wipe(std::optional<State>& state) {
  if (state) seal::wipe(*state);
  state.reset();
}

// Into the memory that is there, where it is enough: a state of 140 KB would otherwise be wiped, freed and
// allocated again with every command that changes a few bytes of it.
void keep(std::optional<State>& state, octets::Bytes now) {
  if (state && state->capacity() < now.size()) wipe(state);
  if (!state) state.emplace();
  if (state->size() > now.size()) seal::wipe(std::span(*state).subspan(now.size()));
  state->assign(now.begin(), now.end());
}

}  // namespace

std::uint64_t needed_bytes(TpmVersion version, StateKind kind) {
  const bool of_12 = version == TpmVersion::k12;
  switch (kind) {
    case StateKind::kPermanent:
      return of_12 ? 100'000 : 192 * 1024;
    case StateKind::kVolatile:
      return of_12 ? 524'288 : 64 * 1024;
    case StateKind::kSaveState:
      return of_12 ? 100'000 : 0;
  }
  return 0;
}

Result<void> check_room(const vnvram::Image& image, TpmVersion version) {
  for (const StateKind kind : tpm::kAllStates) {
    const std::uint64_t needed = needed_bytes(version, kind);
    if (needed == 0) continue;
    Result<std::size_t> index = image.find(tpm::entry_name(kind));
    const std::uint64_t there = index ? image.entries()[*index].capacity_bytes : 0;
    if (there >= needed) continue;
    return Error(
               ErrorId::kTpmStateTooLarge,
               fmt::format("'{}' of {} holds {} bytes, the state of a TPM {} can have {}",
                           tpm::entry_name(kind), image.file_name(), there, tpm::to_string(version), needed))
        .at(Place::in_file(image.file_name()))
        .with_hint(fmt::format("nonvol blob resize {} --entry {}:{}", octets::shell_path(image.file_name()),
                               tpm::entry_name(kind), needed));
  }
  return {};
}

Result<std::unique_ptr<NvramState>> NvramState::open(storage::FileSystem& files, NvramStateRequest request) {
  std::unique_ptr<NvramState> state(new NvramState(std::move(request)));
  const NvramStateRequest& wanted = state->request_;
  // A plain file, or one inside a container or behind a server?
  if (!storage::is_uri(wanted.medium.target)) {
    Result<storage::TurnFile> turn = storage::TurnFile::open(wanted.medium.target);
    if (!turn) return turn.error();
    Result<bool> contained = storage::is_container(files, wanted.medium);
    if (!contained) return contained.error();
    if (!*contained) state->turn_ = *std::move(turn);
  }
  if (state->turn_) {
    if (wanted.incoming) return state;
    if (Result<void> taken = state->take(wanted.lock_wait_ms, Expect::kAnything); !taken)
      return taken.error();
    return state;
  }
  if (wanted.incoming && !storage::is_uri(wanted.medium.target)) {
    return Error(ErrorId::kContradiction,
                 fmt::format("{} is a container of QEMU, which one process at a time can open: a TPM cannot "
                             "wait there for a migration",
                             wanted.medium.target))
        .with_hint("nonvol help tpm run");
  }
  Result<std::unique_ptr<storage::BlockFile>> file =
      storage::open_medium(files, wanted.medium, {storage::Access::kReadWrite, wanted.lock_wait_ms, false});
  if (!file) return file.error();
  state->contained_ = *std::move(file);
  if (Result<void> taken = state->take(0, Expect::kAnything); !taken) return taken.error();
  return state;
}

Result<std::unique_ptr<NvramState>> NvramState::of_file(storage::BlockFile& file,
                                                        const std::string& file_name, const seal::Key* key) {
  std::unique_ptr<NvramState> state(new NvramState({.medium = {file_name}}));
  if (Result<void> opened = state->open_image(storage::lent_file(file), key); !opened) return opened.error();
  return state;
}

NvramState::~NvramState() {
  forget_all();
  if (given_) wipe(given_->state);
}

Result<void> NvramState::open_image(std::unique_ptr<storage::BlockFile> file, const seal::Key* key) {
  Result<vnvram::Image> image = vnvram::Image::open(std::move(file), request_.medium.target, key);
  if (!image) return image.error();
  image_.emplace(*std::move(image));
  encrypted_ = false;
  for (const StateKind kind : tpm::kAllStates) {
    Result<std::size_t> index = entry(kind);
    // TPM 2.0 never stores it.
    if (!index && kind == StateKind::kSaveState) continue;
    if (!index) {
      image_.reset();
      return Error(ErrorId::kEntryMissing, fmt::format("{} has no entry '{}' for the state of a TPM",
                                                       request_.medium.target, tpm::entry_name(kind)))
          .at(Place::in_file(request_.medium.target))
          .with_hint(fmt::format("nonvol blob resize {} --entry permall:256K --entry volatilestate:64K",
                                 octets::shell_path(request_.medium.target)));
    }
    const vnvram::EntryInfo& info = image_->entries()[*index];
    if (info.kind != vnvram::EntryKind::kAtomic) {
      image_.reset();
      return Error(ErrorId::kEntryOtherKind,
                   fmt::format("'{}' is plain; the state of a TPM needs an atomic entry",
                               tpm::entry_name(kind)))
          .at(Place::in_file(request_.medium.target))
          .with_hint(fmt::format("nonvol blob list {}", octets::shell_path(request_.medium.target)));
    }
    encrypted_ = encrypted_ || info.encrypted;
  }
  if (Result<void> settled = image_->settle(); !settled) {
    image_.reset();
    return settled;
  }
  const Result<std::size_t> counted = image_->find(TpmCounters::kEntryName);
  if (counted && image_->entries()[*counted].kind == vnvram::EntryKind::kPlain) {
    if (Result<vnvram::Blob> blob = image_->read(*counted); blob) {
      if (Result<TpmCounters> decoded = decode_counters(blob->bytes()); decoded)
        counters_ = *std::move(decoded);
    }
  }
  return {};
}

Result<std::uint64_t> NvramState::generation() {
  Result<std::size_t> index = entry(StateKind::kPermanent);
  if (!index) return index.error();
  Result<vnvram::EntryState> state = image_->state(*index);
  return state ? Result<std::uint64_t>(state->generation) : state.error();
}

Result<std::size_t> NvramState::entry(StateKind kind) const {
  return image_->find(tpm::entry_name(kind));
}

void NvramState::forget(StateKind kind) {
  if (known(kind)) wipe(known(kind)->state);
  known(kind).reset();
}

void NvramState::forget_all() {
  for (const StateKind kind : tpm::kAllStates) forget(kind);
}

Result<void> NvramState::take(unsigned wait_ms, Expect expect) {
  if (held()) return {};
  Result<std::unique_ptr<storage::BlockFile>> file =
      turn_ ? turn_->take(wait_ms) : storage::lent_file(*contained_);
  if (!file) return file.error();
  Result<void> opened = open_image(*std::move(file), key());
  if (opened && expect == Expect::kUnchanged && given_) {
    Result<std::optional<State>> now = read(StateKind::kPermanent);
    if (!now) {
      opened = now.error();
    } else if (*now != given_->state) {
      opened = Error(ErrorId::kTpmStateChanged,
                     fmt::format("the state of the TPM in {} was changed by another process since it was "
                                 "given away",
                                 request_.medium.target))
                   .at(Place::in_file(request_.medium.target));
    }
  }
  if (!opened) {
    image_.reset();
    if (turn_) turn_->give();
    return opened;
  }
  if (given_) wipe(given_->state);
  given_.reset();
  return {};
}

void NvramState::give() {
  if (!held() || !turn_) return;
  write_counters();
  // What cannot be read now is not known to be the same later.
  Result<std::optional<State>> last = read(StateKind::kPermanent);
  given_.emplace();
  if (last) given_->state = *std::move(last);
  forget_all();
  image_.reset();
  turn_->give();
}

// After a write or a flush that failed: from what the file holds now. Of somebody else's file nothing is
// known.
Result<void> NvramState::reopen() {
  if (!turn_ && !contained_) return {};
  forget_all();
  image_.reset();
  // Where it cannot be opened again now, it is not known to be the same later.
  given_.emplace();
  if (Result<void> taken = take(0, Expect::kAnything); !taken) return taken;
  for (const StateKind kind : tpm::kAllStates) {
    Result<std::size_t> index = entry(kind);
    if (!index) continue;
    if (Result<void> renewed = image_->renew(*index); !renewed) return renewed;
  }
  return {};
}

Result<std::optional<State>> NvramState::read(StateKind kind) {
  if (known(kind)) return known(kind)->state;
  Result<std::size_t> index = entry(kind);
  if (!index) return std::optional<State>();
  Result<std::optional<vnvram::Blob>> blob = image_->read_if_present(*index);
  if (!blob) return blob.error();
  known(kind).emplace();
  if (blob->has_value()) {
    const octets::Bytes bytes = (*blob)->bytes();
    known(kind)->state.emplace(bytes.begin(), bytes.end());
    known(kind)->generation = (*blob)->generation;
  } else if (Result<vnvram::EntryState> empty = image_->state(*index); empty) {
    known(kind)->generation = empty->generation;
  }
  return known(kind)->state;
}

Result<std::optional<State>> NvramState::load(StateKind kind) {
  if (held() && image_->failed()) {
    if (Result<void> opened = reopen(); !opened) return opened.error();
  }
  if (!held()) return Error(ErrorId::kImpossible, "a TPM's state was asked for while another process has it");
  if (changed_ && kind == StateKind::kPermanent) {
    forget_all();
    changed_.reset();
  }
  return read(kind);
}

// The next generation of what is known here. Nothing locks another server's export: where somebody else has
// stored a state there, this one must not go over it.
Result<void> NvramState::write(StateKind kind, vnvram::Content content, octets::Bytes state,
                               bool over_damage) {
  if (changed_) return *changed_;
  Result<std::size_t> index = entry(kind);
  if (!index) return index.error();
  Result<vnvram::Update> update = image_->prepare(*index, content, state, over_damage);
  if (!update) return update.error();
  const std::optional<std::uint64_t> before = known(kind) ? known(kind)->generation : std::nullopt;
  if (before && update->generation != *before + 1) {
    changed_ =
        Error(ErrorId::kTpmStateChanged,
              fmt::format("'{}' of {} has generation {}, and {} was the last one stored here",
                          tpm::entry_name(kind), request_.medium.target, update->generation - 1, *before))
            .at(Place::in_file(request_.medium.target));
    return *changed_;
  }
  if (Result<void> written = image_->commit(*update); !written) return written;
  if (!known(kind)) known(kind).emplace();
  known(kind)->generation = update->generation;
  return {};
}

Result<void> NvramState::store(StateKind kind, octets::Bytes state) {
  if (!held()) return Error(ErrorId::kImpossible, "a TPM's state changed while another process has it");
  if (known(kind) && known(kind)->state && std::ranges::equal(*known(kind)->state, state)) {
    ++counters_.unchanged;
    return {};
  }
  if (Result<void> written = write(kind, vnvram::Content::kPresent, state); !written) {
    ++counters_.failed;
    forget(kind);
    return written;
  }
  keep(known(kind)->state, state);
  ++counters_.stores;
  counters_.stored_bytes += state.size();
  newly_stored_bytes_ += state.size();
  return {};
}

Result<void> NvramState::erase(StateKind kind) {
  Result<std::optional<State>> there = load(kind);
  if (!there) return there.error();
  if (!there->has_value()) return {};
  seal::wipe(**there);
  if (Result<void> erased = write(kind, vnvram::Content::kAbsent, {}); !erased) {
    ++counters_.failed;
    forget(kind);
    return erased;
  }
  ++counters_.stores;
  wipe(known(kind)->state);
  return {};
}

Result<void> NvramState::replace(StateKind kind, const std::optional<State>& state) {
  Result<std::size_t> index = entry(kind);
  if (!index) return state ? Result<void>(index.error()) : Result<void>();
  forget(kind);
  if (!state) {
    Result<vnvram::EntryState> there = image_->state(*index);
    if (!there) return there.error();
    using enum vnvram::BlobState;
    if (there->state == kNeverWritten || there->state == kDeleted) return {};
    return write(kind, vnvram::Content::kAbsent, {}, true);
  }
  const int times = kind == StateKind::kPermanent ? 2 : 1;
  for (int i = 0; i < times; ++i) {
    if (Result<void> written = write(kind, vnvram::Content::kPresent, *state, true); !written) return written;
  }
  forget(kind);
  return {};
}

void NvramState::write_counters() {
  if (!held() || image_->failed()) return;
  Result<std::size_t> index = image_->find(TpmCounters::kEntryName);
  if (!index) return;
  Result<std::vector<std::uint8_t>> bytes = encode_counters(counters_);
  if (!bytes) return;
  Result<vnvram::Update> update = image_->prepare(*index, vnvram::Content::kPresent, *bytes);
  if (update) static_cast<void>(image_->file().write_at(update->patch.offset_bytes, update->patch.bytes));
}

}  // namespace nonvol::serve
