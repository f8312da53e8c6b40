#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "octets/text.h"
#include "vnvram/image.h"
#include "vnvram/keys.h"

// Updates of entries and of the directory.
namespace nonvol::vnvram {

Error Image::failed_before() const {
  return Error(ErrorId::kNvramFailed,
               fmt::format("a write to {} failed before; what it holds is not known", name_))
      .at(Place::in_file(name_));
}

// Finds out which generation is the newest.
Result<void> Image::remember(std::size_t index, bool over_damage) {
  const EntryInfo& entry = entries()[index];
  const std::vector<std::uint8_t> own_identity = identity_of(entry);
  Result<Slots> slots = load_slots(entry, own_identity, directory_.integrity, false);
  if (!slots) return slots.error();
  if (slots->chosen.choice == Choice::kNewest) {
    Result<void> proven = authenticate(entry, *slots, own_identity);
    if (!proven && !over_damage) return proven;
    known_[index] = Known{slots->facts[slots->chosen.slot].header.generation};
    return {};
  }
  if (!over_damage) return choice_error(entry, *slots);
  // Two good slots: behind the newer. None: behind whatever the headers say, and never 0, which is "never
  // written".
  std::uint64_t newest = 0;
  for (const SlotFacts& facts : slots->facts) {
    if (slots->chosen.choice == Choice::kDamaged && facts.header.generation >= std::uint64_t{1} << 62)
      continue;
    newest = std::max(newest, facts.header.generation);
  }
  known_[index] = Known{newest};
  return {};
}

// Before a plain entry is written to: is it where the directory says? Asked once.
Result<void> Image::find_framing(std::size_t index) {
  if (known_[index]) return {};
  const EntryInfo& entry = entries()[index];
  const std::vector<std::uint8_t> framing = entry_framing(entry.name, entry.capacity_bytes);
  std::vector<std::uint8_t> there(framing.size());
  if (Result<void> read = read_exactly(*file_, name_, entry.offset_bytes - there.size(), there); !read)
    return read;
  if (Result<void> checked = check_framing(entry, there, framing); !checked) return checked;
  known_[index].emplace();
  return {};
}

// Everything written before is durable then.
Result<void> Image::flush() {
  Result<void> flushed = file_->flush();
  if (flushed) {
    settled_.set();
  } else {
    fail();
  }
  return flushed;
}

// An update overwrites the slot that is not the newest. If a killed process left the newest one, it is seen,
// but a power cut could still take it, and the slot that is durable must last until it cannot.
Result<void> Image::settle() {
  return settled_.is_set() ? Result<void>() : flush();
}

Result<void> Image::renew(std::size_t index) {
  const EntryInfo& entry = entries()[index];
  Result<EntryState> newest = state(index);
  if (!newest) return newest.error();
  std::vector<std::uint8_t> slot(slot_bytes(entry.capacity_bytes));
  const std::uint64_t offset_bytes = entry.offset_bytes + newest->newest_slot * slot.size();
  // The last slot of an image need not be there to the end of its last page.
  slot.resize(kSlotHeaderBytes + entry.capacity_bytes);
  if (Result<void> read = read_exactly(*file_, name_, offset_bytes, slot); !read) return read;
  return write_patches({{offset_bytes, std::move(slot), "slot"}});
}

Result<Update> Image::prepare(std::size_t index, Content content, octets::Bytes payload, bool over_damage) {
  const EntryInfo& entry = entries()[index];
  if (failed()) return failed_before();
  if (payload.size() > entry.capacity_bytes) {
    return entry_error(ErrorId::kBlobTooLarge,
                       fmt::format("'{}' holds up to {} bytes, these are {}", entry.name,
                                   entry.capacity_bytes, payload.size()),
                       entry);
  }
  Update update{index, {entry.offset_bytes, {}, "plain blob"}, 0};
  if (entry.kind == EntryKind::kPlain) {
    if (content == Content::kAbsent) {
      update.patch.bytes.resize(entry.capacity_bytes);
    } else {
      update.patch.bytes.assign(payload.begin(), payload.end());
    }
    if (update.patch.bytes.size() != entry.capacity_bytes) {
      return entry_error(ErrorId::kPlainSize,
                         fmt::format("'{}' is plain and has {} bytes, these are {}", entry.name,
                                     entry.capacity_bytes, payload.size()),
                         entry);
    }
    if (Result<void> found = find_framing(index); !found) return found.error();
    return update;
  }
  if (entry.encrypted && !unlocked()) {
    return entry_error(ErrorId::kKeyNeeded, fmt::format("'{}' is encrypted, key needed", entry.name), entry);
  }
  // Without a lock another process may have updated the entry.
  if (!file_->exclusive()) known_[index].reset();
  if (!known_[index]) {
    if (Result<void> remembered = remember(index, over_damage); !remembered) return remembered.error();
  }
  if (known_[index]->generation == std::numeric_limits<std::uint64_t>::max()) {
    return entry_error(ErrorId::kNvramLimit, fmt::format("'{}' has the last generation there is", entry.name),
                       entry);
  }
  update.generation = known_[index]->generation + 1;
  if (Result<void> settled = settle(); !settled) return settled.error();
  const SlotContent slot{content, update.generation, payload};
  Result<std::vector<std::uint8_t>> encoded =
      encode_slot(slot, directory_.integrity, identity_of(entry), entry.encrypted ? &*data_key_ : nullptr);
  if (!encoded) return encoded.error();
  update.patch.offset_bytes += slot_of(update.generation) * slot_bytes(entry.capacity_bytes);
  update.patch.bytes = *std::move(encoded);
  update.patch.reason = content == Content::kPresent ? "slot" : "slot that says deleted";
  return update;
}

void Image::applied(const Update& update) {
  if (entries()[update.index].kind == EntryKind::kAtomic) known_[update.index] = Known{update.generation};
}

// Writes in order, then flushes once.
Result<void> Image::write_patches(const std::vector<storage::Patch>& patches) {
  if (failed()) return failed_before();
  for (const storage::Patch& patch : patches) {
    if (Result<void> written = file_->write_at(patch.offset_bytes, patch.bytes); !written) {
      fail();
      return written.error();
    }
  }
  return flush();
}

Result<void> Image::commit(const Update& update) {
  if (failed()) return failed_before();
  if (Result<void> written = file_->write_at(update.patch.offset_bytes, update.patch.bytes); !written) {
    fail();
    return written;
  }
  Result<void> flushed = flush();
  if (flushed) applied(update);
  return flushed;
}

Result<void> Image::write(std::size_t index, octets::Bytes payload) {
  Result<Update> update = prepare(index, Content::kPresent, payload);
  if (!update) return update.error();
  return commit(*update);
}

Result<void> Image::erase(std::size_t index) {
  Result<Update> update = prepare(index, Content::kAbsent, {});
  if (!update) return update.error();
  return commit(*update);
}

Result<void> Image::restore(std::size_t index, Content content, octets::Bytes payload,
                            std::uint64_t generation) {
  if (entries()[index].kind == EntryKind::kPlain) {
    Result<Update> update = prepare(index, content, payload);
    return update ? commit(*update) : Result<void>(update.error());
  }
  const std::uint64_t newest = std::max<std::uint64_t>(generation, 1);
  // Generation 0 is there already: it says never written.
  for (std::uint64_t next = std::max<std::uint64_t>(newest - 1, 1); next <= newest; ++next) {
    known_[index] = Known{next - 1};
    Result<Update> update = prepare(index, content, payload);
    if (!update) return update.error();
    if (Result<void> done = commit(*update); !done) return done;
  }
  return {};
}

Error Image::directory_full(std::uint64_t needed_bytes) const {
  return Error(ErrorId::kDirectoryFull,
               fmt::format("the directory of {} holds up to {} bytes, it would need {}", name_,
                           directory_capacity_bytes_, needed_bytes))
      .at(Place::at_byte(name_, directory_offset_bytes_))
      .with_hint(fmt::format("nonvol blob resize {}", octets::shell_path(name_)));
}

// What the file says now, of the generation that was written last.
Result<Directory> Image::stored_directory() {
  std::vector<std::uint8_t> slot(slot_bytes(directory_capacity_bytes_));
  const unsigned index = slot_of(directory_generation_);
  if (Result<void> read = read_exactly(*file_, name_, directory_offset_bytes_ + index * slot.size(), slot);
      !read) {
    return read.error();
  }
  Result<SlotFacts> facts = examine_slot(slot, index, directory_capacity_bytes_, directory_.integrity,
                                         identity(Uuid{}, directory_capacity_bytes_, kDirectoryName));
  if (!facts) return facts.error();
  if (facts->state != SlotState::kValid || facts->header.generation != directory_generation_) {
    return Error(ErrorId::kNvramDirectory,
                 fmt::format("the directory that was just written to {} is not there", name_))
        .at(Place::at_byte(name_, directory_offset_bytes_));
  }
  return decode_directory(octets::Bytes(slot).subspan(kSlotHeaderBytes, facts->header.length_bytes),
                          size_bytes(), name_);
}

Result<std::uint64_t> Image::next_directory_generation() const {
  if (directory_generation_ == std::numeric_limits<std::uint64_t>::max()) {
    return Error(ErrorId::kNvramLimit,
                 fmt::format("the directory of {} has the last generation there is", name_))
        .at(Place::at_byte(name_, directory_offset_bytes_));
  }
  return directory_generation_ + 1;
}

Result<void> Image::update_directory(Directory directory) {
  if (!directory.key_slots.empty()) {
    if (Result<void> sealed = seal_directory(directory, *data_key_); !sealed) return sealed.error();
  }
  const std::vector<std::uint8_t> payload = encode(directory);
  if (payload.size() > directory_capacity_bytes_) return directory_full(payload.size());
  Result<std::uint64_t> next = next_directory_generation();
  if (!next) return next.error();
  if (Result<void> settled = settle(); !settled) return settled;
  const std::uint64_t generation = *next;
  Result<std::vector<std::uint8_t>> slot =
      encode_slot({Content::kPresent, generation, payload}, directory.integrity,
                  identity(Uuid{}, directory_capacity_bytes_, kDirectoryName), nullptr);
  if (!slot) return slot.error();
  const std::uint64_t offset_bytes =
      directory_offset_bytes_ + slot_of(generation) * slot_bytes(directory_capacity_bytes_);
  std::vector<storage::Patch> patches;
  patches.push_back({offset_bytes, *std::move(slot), "directory"});
  if (Result<void> written = write_patches(patches); !written) return written.error();
  directory_ = std::move(directory);
  directory_generation_ = generation;
  directory_damage_.clear();
  return {};
}

}  // namespace nonvol::vnvram
