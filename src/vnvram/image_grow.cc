#include <fmt/format.h>

#include <algorithm>

#include "octets/text.h"
#include "vnvram/image.h"
#include "vnvram/keys.h"

// What changes the directory: entries that are added inside slack, and keys.
namespace nonvol::vnvram {
namespace {

constexpr std::uint64_t kZeroBytes = std::uint64_t{1} << 20;

struct Extent {
  std::uint64_t begin_bytes;
  std::uint64_t end_bytes;
};

// Where the blob's content of a new entry may begin: behind its framing, on a page, within free slack.
// Sectors that hold anything else as well are left out, because a power cut may turn the whole of one into
// garbage.
std::optional<std::uint64_t> place_in(const Extent& free, std::uint64_t framing_bytes,
                                      std::uint64_t content_bytes) {
  const std::uint64_t at = round_up_to_page(round_up_to_sector(free.begin_bytes) + framing_bytes);
  if (at > free.end_bytes || free.end_bytes - at < round_up_to_sector(content_bytes)) return std::nullopt;
  return at;
}

}  // namespace

// The largest free stretches last, so that the first that fits is taken and small gaps are used up first.
Result<std::uint64_t> Image::find_room(const EntryRequest& request) {
  Result<std::vector<Element>> elements = walk_elements(*file_, name_);
  if (!elements) return elements.error();
  const std::uint64_t content_bytes = blob_bytes(request.kind, request.capacity_bytes);
  const std::uint64_t framing_bytes = entry_framing_bytes(request.name, content_bytes);
  std::uint64_t largest = 0;
  for (const Element& element : *elements) {
    if (element.type != Element::Type::kSlack) continue;
    // Entries that were added here before are in the order of their offsets at its front. In an image that is
    // not sound others reach into it.
    Extent free{element.content_offset_bytes, element.end_bytes()};
    for (const EntryInfo& entry : entries()) {
      if (entry.offset_bytes < element.end_bytes()) {
        free.begin_bytes =
            std::max(free.begin_bytes, entry.offset_bytes + blob_bytes(entry.kind, entry.capacity_bytes));
      } else {
        free.end_bytes = std::min(free.end_bytes, begin_bytes(entry));
      }
    }
    if (const std::optional<std::uint64_t> at = place_in(free, framing_bytes, content_bytes)) return *at;
    largest = std::max(largest, free.end_bytes - std::min(free.end_bytes, free.begin_bytes));
  }
  return Error(ErrorId::kNoSlackLeft,
               fmt::format("'{}' needs {} bytes on a page boundary, the largest free piece of {} has {}",
                           request.name, framing_bytes + content_bytes, name_, largest))
      .at(Place::in_file(name_))
      // Two pages: where the blob begins, and what is in front of it.
      .with_hint(fmt::format("nonvol blob resize {} --reserve {}", octets::shell_path(name_),
                             content_bytes + 2 * kPageBytes));
}

// What an entry consists of before anything was stored in it. Its bytes may hold what an interrupted addition
// left.
Result<void> Image::write_new_entry(const EntryInfo& entry, octets::Bytes first_slot) {
  const std::uint64_t content_bytes = blob_bytes(entry.kind, entry.capacity_bytes);
  const std::vector<std::uint8_t> framing = entry_framing(entry.name, content_bytes);
  std::vector<std::uint8_t> zeros(std::min(kZeroBytes, content_bytes));
  std::vector<storage::Patch> patches;
  for (std::uint64_t done = 0; done < content_bytes; done += zeros.size()) {
    zeros.resize(std::min<std::uint64_t>(zeros.size(), content_bytes - done));
    if (Result<void> written = file_->write_at(entry.offset_bytes + done, zeros); !written) {
      fail();
      return written;
    }
  }
  patches.push_back({entry.offset_bytes - framing.size(), framing, "framing of the new entry"});
  if (!first_slot.empty()) {
    patches.push_back({entry.offset_bytes + slot_bytes(entry.capacity_bytes),
                       {first_slot.begin(), first_slot.end()},
                       "slot that says never written"});
  }
  return write_patches(patches);
}

// The first encrypted entry of an image brings the data key.
Result<void> Image::make_data_key(Directory& directory, const seal::Key* user_key) {
  if (user_key == nullptr) {
    return Error(ErrorId::kKeyNeeded,
                 fmt::format("an encrypted entry needs a key, and {} has none yet", name_))
        .at(Place::in_file(name_));
  }
  Result<seal::Key> data_key = random_key();
  if (!data_key) return data_key.error();
  Result<KeySlot> slot = wrap_key(*data_key, *user_key, directory.uuid, 0);
  if (!slot) return slot.error();
  directory.key_slots = {*slot};
  data_key_ = *std::move(data_key);
  opened_key_slot_ = 0;
  return {};
}

Result<void> Image::add(const EntryRequest& request, const seal::Key* user_key) {
  if (failed()) return failed_before();
  if (seed_layout()) {
    return Error(ErrorId::kSeedLayoutFixed,
                 fmt::format("{} has the seed's layout, which takes no more entries", name_))
        .at(Place::in_file(name_));
  }
  if (Result<void> checked = check_entry_request(request); !checked) return checked;
  if (find(request.name)) {
    return Error(ErrorId::kEntryExists, fmt::format("{} has an entry '{}' already", name_, request.name))
        .at(Place::in_file(name_));
  }
  if (entries().size() >= kMaxEntries) {
    return Error(ErrorId::kDirectoryFull,
                 fmt::format("{} has {} entries, which is the limit", name_, entries().size()))
        .at(Place::in_file(name_));
  }
  if (has_keys() && !unlocked()) {
    return Error(ErrorId::kKeyNeeded,
                 fmt::format("the directory of {} is sealed; its key is needed to add to it", name_))
        .at(Place::in_file(name_));
  }
  if (Result<std::uint64_t> next = next_directory_generation(); !next) return next.error();
  Result<std::uint64_t> room = find_room(request);
  if (!room) return room.error();
  Directory directory = directory_;
  if (request.encrypted && !has_keys()) {
    if (Result<void> made = make_data_key(directory, user_key); !made) return made;
  }
  const EntryInfo entry{request.name,           request.kind,      *room,
                        request.capacity_bytes, request.encrypted, request.attributes};
  std::vector<std::uint8_t> first_slot;
  if (entry.kind == EntryKind::kAtomic) {
    Result<std::vector<std::uint8_t>> encoded =
        encode_slot({Content::kAbsent, 0, {}}, directory.integrity, identity_of(entry),
                    entry.encrypted ? &*data_key_ : nullptr);
    if (!encoded) return encoded.error();
    first_slot = *std::move(encoded);
  }
  directory.entries.push_back(entry);
  // Seen before anything is written: a directory that is full, with what exchanging its key takes meanwhile.
  Directory largest = directory;
  if (!largest.key_slots.empty()) {
    largest.key_slots.resize(2);
    largest.seal.resize(kSealBytes);
  }
  if (const std::size_t needed_bytes = encode(largest).size(); needed_bytes > directory_capacity_bytes_)
    return directory_full(needed_bytes);
  if (Result<void> written = write_new_entry(entry, first_slot); !written) return written;
  if (Result<void> updated = update_directory(std::move(directory)); !updated) return updated;
  known_.emplace_back();
  return {};
}

Result<bool> Image::rekey(const seal::Key& new_key) {
  if (!has_keys()) {
    return Error(ErrorId::kNotEncrypted, fmt::format("nothing in {} is encrypted", name_))
        .at(Place::in_file(name_));
  }
  if (!unlocked()) {
    return Error(ErrorId::kKeyNeeded,
                 fmt::format("the key that opens {} now is needed to exchange it", name_))
        .at(Place::in_file(name_));
  }
  Result<std::optional<UnwrappedKey>> already = unwrap_key(directory_, new_key);
  if (!already) return already.error();
  if (already->has_value() && directory_.key_slots.size() == 1) return false;
  // The slot that the present user's key opens stays until the new one is on the medium; an interrupted
  // earlier exchange may have left a second one.
  const KeySlot present = directory_.key_slots[opened_key_slot_];
  Result<KeySlot> fresh =
      wrap_key(*data_key_, new_key, directory_.uuid, static_cast<std::uint8_t>(1 - present.number));
  if (!fresh) return fresh.error();
  Directory both = directory_;
  both.key_slots = {present, *fresh};
  if (Result<void> updated = update_directory(std::move(both)); !updated) return updated.error();
  // Before the old key goes: does what is stored really open with the new one?
  Result<Directory> stored = stored_directory();
  if (!stored) return stored.error();
  Result<std::optional<UnwrappedKey>> proven = unwrap_key(*stored, new_key);
  if (!proven) return proven.error();
  if (!proven->has_value() || !std::ranges::equal((*proven)->data_key.bytes(), data_key_->bytes())) {
    return Error(ErrorId::kImpossible,
                 fmt::format("the new key does not open what was just stored in {}", name_));
  }
  Directory only = directory_;
  only.key_slots = {*fresh};
  if (Result<void> updated = update_directory(std::move(only)); !updated) return updated.error();
  opened_key_slot_ = 0;
  return true;
}

}  // namespace nonvol::vnvram
