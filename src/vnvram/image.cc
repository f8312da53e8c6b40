#include "vnvram/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "octets/text.h"
#include "vnvram/keys.h"

namespace nonvol::vnvram {
namespace {

// The first page, slot A of a directory with slots of one page, and as much of slot B as most images fill:
// one read opens them.
constexpr std::uint64_t kFrontBytes = 2 * kPageBytes + 2048;
// A directory that changes while it is read (an entry is being added) is read again.
constexpr int kReadTries = 3;

// The kind of digest that a slot says it has; what follows finds out whether that is true.
Integrity claimed_integrity(octets::Bytes slot) {
  return slot.size() > 4 && slot[4] == static_cast<std::uint8_t>(Integrity::kSha256) ? Integrity::kSha256
                                                                                     : Integrity::kCrc32c;
}

}  // namespace

std::string_view to_string(BlobState state) {
  switch (state) {
    case BlobState::kPresent:
      return "present";
    case BlobState::kNeverWritten:
      return "never-written";
    case BlobState::kDeleted:
      return "deleted";
    case BlobState::kDamaged:
      return "damaged";
    case BlobState::kRolledBack:
      return "rolled-back";
  }
  return "";
}

Result<Image> Image::open(std::unique_ptr<storage::BlockFile> file, std::string file_name,
                          const seal::Key* user_key) {
  Image image(std::move(file), std::move(file_name));
  if (Result<void> loaded = image.load(); !loaded) return loaded.error();
  image.known_.resize(image.entries().size());
  if (user_key == nullptr) return image;
  if (Result<void> unlocked = image.unlock(*user_key); !unlocked) return unlocked.error();
  return image;
}

Result<void> Image::load() {
  std::uint8_t memory[kFrontBytes];
  const std::span<std::uint8_t> front = std::span(memory).first(std::min(kFrontBytes, file_->size_bytes()));
  if (Result<void> read = read_exactly(*file_, name_, 0, front); !read) return read.error();
  Result<ElementWalk> walk = ElementWalk::begin(*file_, name_, front);
  if (!walk) return walk.error();
  while (!walk->at_end()) {
    Result<Element> element = walk->next();
    if (!element) return element.error();
    if (element->type == Element::Type::kSlack) continue;
    if (element->name != kDirectoryName) return load_seed_entries(*walk, *std::move(element));
    return load_directory(*element, front);
  }
  return {};
}

Result<void> Image::load_seed_entries(ElementWalk& walk, Element first) {
  std::set<std::string> names;
  for (Element element = std::move(first);;) {
    if (element.type == Element::Type::kEntry) {
      if (!names.insert(element.name).second) {
        return Error(ErrorId::kNvramDuplicateName, fmt::format("two entries are named '{}'", element.name))
            .at(Place::at_byte(name_, element.offset_bytes));
      }
      if (element.content_bytes > kMaxCapacityBytes || names.size() > kMaxEntries) {
        return Error(ErrorId::kNvramLimit,
                     fmt::format("entry {} has {} bytes; the limits are {} entries of {} bytes", names.size(),
                                 element.content_bytes, kMaxEntries, kMaxCapacityBytes))
            .at(Place::at_byte(name_, element.offset_bytes));
      }
      directory_.entries.push_back(
          {element.name, EntryKind::kPlain, element.content_offset_bytes, element.content_bytes});
    }
    if (walk.at_end()) return {};
    Result<Element> next = walk.next();
    if (!next) return next.error();
    element = *std::move(next);
  }
}

Error Image::directory_error(std::string message) const {
  return Error(ErrorId::kNvramDirectory, std::move(message))
      .at(Place::at_byte(name_, directory_offset_bytes_))
      .with_hint(fmt::format("nonvol blob dump {}", octets::shell_path(name_)));
}

// The directory's slots, in what was read of the file's front or read again. Slot B may be cut off there:
// then it looks damaged, and is read again.
Result<Image::Slots> Image::load_directory_slots(std::span<std::uint8_t> front) {
  const std::uint64_t one_slot = slot_bytes(directory_capacity_bytes_);
  const std::vector<std::uint8_t> own_identity = identity(Uuid{}, directory_capacity_bytes_, kDirectoryName);
  for (int tries = kReadTries;; --tries) {
    Slots slots;
    std::span<std::uint8_t> both;
    if (directory_offset_bytes_ + one_slot + kSlotHeaderBytes <= front.size()) {
      both = front.subspan(directory_offset_bytes_);
    } else {
      slots.memory[0] = Buffer(2 * one_slot);
      both = slots.memory[0].bytes();
      if (Result<void> read = read_exactly(*file_, name_, directory_offset_bytes_, both); !read)
        return read.error();
    }
    front = {};
    for (unsigned i = 0; i < 2; ++i) {
      slots.bytes[i] = both.subspan(i * one_slot, std::min(one_slot, both.size() - i * one_slot));
      Result<SlotFacts> facts = examine_slot(slots.bytes[i], i, directory_capacity_bytes_,
                                             claimed_integrity(slots.bytes[i]), own_identity);
      if (!facts) return facts.error();
      slots.facts[i] = *std::move(facts);
    }
    slots.chosen = choose_slot(slots.facts[0], slots.facts[1]);
    if (tries == 1 || (slots.chosen.choice == Choice::kNewest && !slots.chosen.other_damaged)) return slots;
  }
}

Result<void> Image::load_directory(const Element& element, std::span<std::uint8_t> front) {
  const std::uint64_t one_slot = element.content_bytes / 2;
  directory_offset_bytes_ = element.content_offset_bytes;
  if (element.content_offset_bytes % kPageBytes != 0 ||
      element.content_bytes != 2 * round_up_to_page(one_slot) || one_slot == 0 ||
      one_slot > kMaxDirectoryBytes) {
    return directory_error(
        fmt::format("the directory has {} bytes at byte {}; it must be two slots of whole pages",
                    element.content_bytes, element.content_offset_bytes));
  }
  directory_capacity_bytes_ = one_slot - kSlotHeaderBytes;
  Result<Slots> slots = load_directory_slots(front);
  if (!slots) return slots.error();
  const Chosen& chosen = slots->chosen;
  if (chosen.choice == Choice::kRolledBack) {
    return Error(ErrorId::kOlderGeneration,
                 fmt::format(
                     "the directory's slots hold the generations {} and {}, which do not follow each other",
                     slots->facts[0].header.generation, slots->facts[1].header.generation))
        .at(Place::at_byte(name_, directory_offset_bytes_));
  }
  const SlotHeader& header = slots->facts[chosen.slot].header;
  if (chosen.choice == Choice::kDamaged || header.content != Content::kPresent ||
      header.cipher != Cipher::kNone) {
    return directory_error(fmt::format("the directory cannot be read: {}, {}",
                                       describe_slot(0, slots->facts[0]), describe_slot(1, slots->facts[1])));
  }
  if (chosen.other_damaged)
    directory_damage_.push_back(describe_slot(1 - chosen.slot, slots->facts[1 - chosen.slot]));
  Result<Directory> decoded = decode_directory(
      slots->bytes[chosen.slot].subspan(kSlotHeaderBytes, header.length_bytes), file_->size_bytes(), name_);
  if (!decoded) return decoded.error();
  if (decoded->integrity != header.integrity) {
    return directory_error("the directory says it has another kind of digest than it has");
  }
  for (const EntryInfo& entry : decoded->entries) {
    if (entry.offset_bytes >= element.end_bytes()) continue;
    return Error(ErrorId::kNvramOverlap,
                 fmt::format("'{}' is said to lie at byte {}, which the directory reaches beyond", entry.name,
                             entry.offset_bytes))
        .at(Place::at_byte(name_, directory_offset_bytes_));
  }
  directory_ = *std::move(decoded);
  directory_generation_ = header.generation;
  return {};
}

Result<void> Image::unlock(const seal::Key& user_key) {
  if (!has_keys()) {
    return Error(ErrorId::kNotEncrypted,
                 fmt::format("a key was given, but nothing in {} is encrypted", name_))
        .at(Place::in_file(name_));
  }
  Result<std::optional<UnwrappedKey>> key = unwrap_key(directory_, user_key);
  if (!key) return key.error();
  if (!key->has_value()) {
    return Error(ErrorId::kWrongKey, fmt::format("the key opens none of the {} key slots of {}",
                                                 directory_.key_slots.size(), name_))
        .at(Place::in_file(name_));
  }
  Result<bool> sealed = seal_holds(directory_, (*key)->data_key);
  if (!sealed) return sealed.error();
  if (!*sealed) {
    return Error(ErrorId::kDirectorySeal,
                 fmt::format("the directory of {} is not what its owner sealed", name_))
        .at(Place::at_byte(name_, directory_offset_bytes_));
  }
  data_key_ = std::move((*key)->data_key);
  opened_key_slot_ = (*key)->key_slot;
  return {};
}

Result<std::size_t> Image::find(std::string_view entry_name) const {
  const auto found = std::ranges::find(directory_.entries, entry_name, &EntryInfo::name);
  if (found != directory_.entries.end()) return static_cast<std::size_t>(found - directory_.entries.begin());
  return Error(ErrorId::kNoSuchEntry, fmt::format("{} has no entry '{}'", name_, entry_name))
      .at(Place::in_file(name_))
      .with_hint(fmt::format("nonvol blob list {}", octets::shell_path(name_)));
}

std::vector<std::uint8_t> Image::identity_of(const EntryInfo& entry) const {
  return identity(directory_.uuid, entry.capacity_bytes, entry.name);
}

Error Image::entry_error(ErrorId id, std::string message, const EntryInfo& entry) const {
  return Error(id, std::move(message)).at(Place::at_byte(name_, entry.offset_bytes));
}

}  // namespace nonvol::vnvram
