#include <fmt/format.h>

#include <algorithm>

#include "octets/text.h"
#include "vnvram/image.h"

// How an entry's slots are read and believed.
namespace nonvol::vnvram {
namespace {

// Up to here both slots are read at once: one system call costs more than the bytes of the older slot.
constexpr std::uint64_t kReadAtOnceBytes = std::uint64_t{160} << 10;
// A slot that another process is writing looks damaged until that is done.
constexpr int kReadTries = 3;

}  // namespace

Result<void> Image::check_framing(const EntryInfo& entry, octets::Bytes there, octets::Bytes expected) const {
  if (std::ranges::equal(there, expected)) return {};
  return Error(ErrorId::kNvramFraming,
               fmt::format(
                   "the octets in front of the blob of '{}' are not those of an entry of this name and size",
                   entry.name))
      .at(Place::at_byte(name_, entry.offset_bytes - expected.size()))
      .with_hint(fmt::format("nonvol blob dump {}", octets::shell_path(name_)));
}

// Verifies the digests of the newer slot, and of the other one only where it is wanted or the newer one
// cannot be believed. `slots` has the facts that the headers alone give; `load` makes the bytes of a slot
// available.
template <class Load>
Result<void> Image::believe(Slots& slots, const EntryInfo& entry, octets::Bytes own_identity,
                            Integrity integrity, bool both, Load load) {
  const auto verify = [&](unsigned i) -> Result<void> {
    if (slots.facts[i].state != SlotState::kValid) return {};
    if (Result<void> loaded = load(i); !loaded) return loaded;
    Result<SlotFacts> facts = examine_slot(slots.bytes[i], i, entry.capacity_bytes, integrity, own_identity);
    if (!facts) return facts.error();
    slots.facts[i] = *std::move(facts);
    return {};
  };
  const Chosen likely = choose_slot(slots.facts[0], slots.facts[1]);
  if (likely.choice == Choice::kDamaged) return {};
  if (Result<void> verified = verify(likely.slot); !verified) return verified;
  const bool believed = slots.facts[likely.slot].state == SlotState::kValid;
  if (both || !believed || likely.choice == Choice::kRolledBack) {
    if (Result<void> verified = verify(1 - likely.slot); !verified) return verified;
  }
  slots.chosen = choose_slot(slots.facts[0], slots.facts[1]);
  return {};
}

// Framing and both slots in one read.
Result<Image::Slots> Image::read_both_slots(const EntryInfo& entry, octets::Bytes own_identity,
                                            Integrity integrity, bool both) {
  const std::vector<std::uint8_t> framing =
      entry_framing(entry.name, blob_bytes(entry.kind, entry.capacity_bytes));
  const std::uint64_t one_slot = slot_bytes(entry.capacity_bytes);
  Slots slots;
  // What rounding adds to the second slot is nobody's.
  slots.memory[0] = Buffer(framing.size() + one_slot + kSlotHeaderBytes + entry.capacity_bytes);
  const std::span<std::uint8_t> all = slots.memory[0].bytes();
  if (Result<void> read = read_exactly(*file_, name_, entry.offset_bytes - framing.size(), all); !read) {
    return read.error();
  }
  if (Result<void> checked = check_framing(entry, all.first(framing.size()), framing); !checked) {
    return checked.error();
  }
  slots.bytes[0] = all.subspan(framing.size(), one_slot);
  slots.bytes[1] = all.subspan(framing.size() + one_slot);
  for (unsigned i = 0; i < 2; ++i) {
    slots.facts[i] = read_slot_header(slots.bytes[i], i, entry.capacity_bytes, integrity);
  }
  const auto loaded = [](unsigned) { return Result<void>(); };
  if (Result<void> done = believe(slots, entry, own_identity, integrity, both, loaded); !done)
    return done.error();
  return slots;
}

// Of large blobs both headers first, then only the payloads that are verified.
Result<Image::Slots> Image::read_needed_slots(const EntryInfo& entry, octets::Bytes own_identity,
                                              Integrity integrity, bool both) {
  const std::vector<std::uint8_t> framing =
      entry_framing(entry.name, blob_bytes(entry.kind, entry.capacity_bytes));
  const std::uint64_t one_slot = slot_bytes(entry.capacity_bytes);
  Slots slots;
  std::vector<std::uint8_t> head(framing.size() + kSlotHeaderBytes);
  if (Result<void> read = read_exactly(*file_, name_, entry.offset_bytes - framing.size(), head); !read) {
    return read.error();
  }
  if (Result<void> checked = check_framing(entry, octets::Bytes(head).first(framing.size()), framing);
      !checked) {
    return checked.error();
  }
  slots.facts[0] =
      read_slot_header(octets::Bytes(head).subspan(framing.size()), 0, entry.capacity_bytes, integrity);
  head.resize(kSlotHeaderBytes);
  if (Result<void> read = read_exactly(*file_, name_, entry.offset_bytes + one_slot, head); !read)
    return read.error();
  slots.facts[1] = read_slot_header(head, 1, entry.capacity_bytes, integrity);
  const auto load = [&](unsigned i) {
    slots.memory[i] = Buffer(kSlotHeaderBytes + slots.facts[i].header.length_bytes);
    slots.bytes[i] = slots.memory[i].bytes();
    return read_exactly(*file_, name_, entry.offset_bytes + i * one_slot, slots.bytes[i]);
  };
  if (Result<void> done = believe(slots, entry, own_identity, integrity, both, load); !done)
    return done.error();
  return slots;
}

Result<Image::Slots> Image::load_slots(const EntryInfo& entry, octets::Bytes own_identity,
                                       Integrity integrity, bool both) {
  const bool at_once = blob_bytes(entry.kind, entry.capacity_bytes) <= kReadAtOnceBytes;
  for (int tries = kReadTries;; --tries) {
    Result<Slots> slots = at_once ? read_both_slots(entry, own_identity, integrity, both)
                                  : read_needed_slots(entry, own_identity, integrity, both);
    if (!slots) return slots;
    const bool good = slots->chosen.choice == Choice::kNewest && !slots->chosen.other_damaged;
    if (good || tries == 1) return slots;
  }
}

Result<EntryState> Image::state(std::size_t index) {
  const EntryInfo& entry = entries()[index];
  if (entry.kind == EntryKind::kPlain) return EntryState{BlobState::kPresent, 0, entry.capacity_bytes};
  Result<Slots> slots = load_slots(entry, identity_of(entry), directory_.integrity, true);
  if (!slots) return slots.error();
  EntryState state;
  if (slots->chosen.choice != Choice::kNewest) {
    state.state = slots->chosen.choice == Choice::kDamaged ? BlobState::kDamaged : BlobState::kRolledBack;
  }
  for (unsigned i = 0; i < 2; ++i) {
    const bool unexpected_zeros = slots->facts[i].state == SlotState::kZero &&
                                  (slots->chosen.other_damaged || state.state == BlobState::kDamaged);
    if (slots->facts[i].state == SlotState::kDamaged || unexpected_zeros) {
      state.damage.push_back(describe_slot(i, slots->facts[i]));
    }
  }
  if (state.state == BlobState::kDamaged) return state;
  const SlotHeader& header = slots->facts[slots->chosen.slot].header;
  state.newest_slot = slots->chosen.slot;
  state.generation = header.generation;
  state.used_bytes = header.length_bytes;
  if (state.state == BlobState::kPresent && header.content == Content::kAbsent) {
    state.state = header.generation == 0 ? BlobState::kNeverWritten : BlobState::kDeleted;
  }
  return state;
}

Error Image::choice_error(const EntryInfo& entry, const Slots& slots) const {
  const std::string dump =
      fmt::format("nonvol blob dump {} {}", octets::shell_path(name_), octets::shell_word(entry.name));
  if (slots.chosen.choice == Choice::kRolledBack) {
    return entry_error(
               ErrorId::kOlderGeneration,
               fmt::format("the slots of '{}' hold the generations {} and {}, which do not follow each other",
                           entry.name, slots.facts[0].header.generation, slots.facts[1].header.generation),
               entry)
        .with_hint(dump);
  }
  return entry_error(ErrorId::kBlobDamaged,
                     fmt::format("the blob of '{}' cannot be read: {}, {}", entry.name,
                                 describe_slot(0, slots.facts[0]), describe_slot(1, slots.facts[1])),
                     entry)
      .with_hint(dump);
}

Result<Blob> Image::read_plain(const EntryInfo& entry) {
  const std::vector<std::uint8_t> framing = entry_framing(entry.name, entry.capacity_bytes);
  Blob blob{Buffer(framing.size() + entry.capacity_bytes), framing.size(), entry.capacity_bytes};
  if (Result<void> read =
          read_exactly(*file_, name_, entry.offset_bytes - framing.size(), blob.memory.bytes());
      !read) {
    return read.error();
  }
  const octets::Bytes there = blob.memory.bytes().first(framing.size());
  if (Result<void> checked = check_framing(entry, there, framing); !checked) return checked.error();
  return blob;
}

// Whether the newest slot was sealed for this entry, if it should be; its payload is readable then.
Result<void> Image::authenticate(const EntryInfo& entry, Slots& slots, octets::Bytes own_identity) const {
  const unsigned newest = slots.chosen.slot;
  const SlotHeader& header = slots.facts[newest].header;
  bool authentic = (header.cipher == Cipher::kAes256Gcm) == entry.encrypted;
  if (authentic && entry.encrypted) {
    Result<bool> decrypted = decrypt_payload(slots.bytes[newest], header, own_identity, *data_key_);
    if (!decrypted) return decrypted.error();
    authentic = *decrypted;
  }
  if (authentic) return {};
  return entry_error(
      ErrorId::kBlobNotAuthentic,
      fmt::format("generation {} of '{}' is undamaged but was not sealed for this entry with the image's key",
                  header.generation, entry.name),
      entry);
}

Result<std::optional<Blob>> Image::read_if_present(std::size_t index) {
  const EntryInfo& entry = entries()[index];
  if (failed()) return failed_before();
  if (entry.kind == EntryKind::kPlain) {
    Result<Blob> blob = read_plain(entry);
    if (!blob) return blob.error();
    return std::optional<Blob>(*std::move(blob));
  }
  if (entry.encrypted && !unlocked()) {
    return entry_error(ErrorId::kKeyNeeded, fmt::format("'{}' is encrypted, key needed", entry.name), entry);
  }
  const std::vector<std::uint8_t> own_identity = identity_of(entry);
  Result<Slots> slots = load_slots(entry, own_identity, directory_.integrity, false);
  if (!slots) return slots.error();
  if (slots->chosen.choice != Choice::kNewest) return choice_error(entry, *slots);
  const unsigned newest = slots->chosen.slot;
  const SlotHeader& header = slots->facts[newest].header;
  if (Result<void> proven = authenticate(entry, *slots, own_identity); !proven) return proven.error();
  known_[index] = Known{header.generation};
  if (header.content == Content::kAbsent) return std::optional<Blob>();
  Blob blob;
  blob.generation = header.generation;
  blob.size_bytes = header.length_bytes;
  Buffer& memory = slots->memory[slots->memory[newest].empty() ? 0 : newest];
  blob.offset_bytes =
      static_cast<std::size_t>(slots->bytes[newest].data() - memory.bytes().data()) + kSlotHeaderBytes;
  blob.memory = std::move(memory);
  return std::optional<Blob>(std::move(blob));
}

Result<Blob> Image::read(std::size_t index) {
  Result<std::optional<Blob>> blob = read_if_present(index);
  if (!blob) return blob.error();
  if (blob->has_value()) return *std::move(*blob);
  const EntryInfo& entry = entries()[index];
  const std::string_view why = known_[index]->generation == 0 ? "was never written" : "was deleted";
  return entry_error(ErrorId::kBlobAbsent, fmt::format("'{}' holds nothing: it {}", entry.name, why), entry);
}

}  // namespace nonvol::vnvram
