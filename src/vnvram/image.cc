#include "vnvram/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "octets/text.h"
#include "vnvram/keys.h"

namespace nonvol::vnvram {
namespace {

// The first page and a directory with slots of one page: one read opens most images.
constexpr std::uint64_t kFrontBytes = 3 * kPageBytes;
// A directory that changes while it is read (an entry is being added) is read again.
constexpr int kReadTries = 3;

// The kind of digest that a slot says it has; what follows finds out whether that is true.
Integrity claimed_integrity(octets::Bytes slot) {
  return slot.size() > 4 && slot[4] == static_cast<std::uint8_t>(Integrity::kSha256) ? Integrity::kSha256
                                                                                     : Integrity::kCrc32c;
}

std::string slot_text(unsigned slot, const SlotFacts& facts) {
  const std::string_view problem =
      facts.state == SlotState::kZero ? "is all zeros" : std::string_view(facts.problem);
  return fmt::format("slot {} {}", slot == 0 ? 'A' : 'B', problem);
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
  std::vector<std::uint8_t> front(std::min(kFrontBytes, file_->size_bytes()));
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

Result<void> Image::load_directory(const Element& element, octets::Bytes front) {
  const auto damaged = [&](std::string message) {
    return Error(ErrorId::kNvramDirectory, std::move(message))
        .at(Place::at_byte(name_, element.content_offset_bytes))
        .with_hint(fmt::format("nonvol blob dump {}", octets::shell_path(name_)));
  };
  const std::uint64_t one_slot = element.content_bytes / 2;
  if (element.content_offset_bytes % kPageBytes != 0 ||
      element.content_bytes != 2 * round_up_to_page(one_slot) || one_slot == 0 ||
      one_slot > kMaxDirectoryBytes) {
    return damaged(fmt::format("the directory has {} bytes at byte {}; it must be two slots of whole pages",
                               element.content_bytes, element.content_offset_bytes));
  }
  directory_offset_bytes_ = element.content_offset_bytes;
  directory_capacity_bytes_ = one_slot - kSlotHeaderBytes;
  const std::vector<std::uint8_t> own_identity = identity(Uuid{}, directory_capacity_bytes_, kDirectoryName);
  for (int tries = kReadTries;; --tries) {
    std::vector<std::uint8_t> again;
    octets::Bytes both;
    if (tries == kReadTries && element.end_bytes() <= front.size()) {
      both = front.subspan(element.content_offset_bytes, element.content_bytes);
    } else {
      again.resize(element.content_bytes);
      if (Result<void> read = read_exactly(*file_, name_, element.content_offset_bytes, again); !read) {
        return read.error();
      }
      both = again;
    }
    SlotFacts facts[2];
    for (unsigned i = 0; i < 2; ++i) {
      const octets::Bytes slot = both.subspan(i * one_slot, one_slot);
      Result<SlotFacts> examined =
          examine_slot(slot, i, directory_capacity_bytes_, claimed_integrity(slot), own_identity);
      if (!examined) return examined.error();
      facts[i] = *std::move(examined);
    }
    const Chosen chosen = choose_slot(facts[0], facts[1]);
    const bool good = chosen.choice == Choice::kNewest && !chosen.other_damaged;
    if (!good && tries > 1) continue;
    if (chosen.choice == Choice::kRolledBack) {
      return Error(ErrorId::kOlderGeneration,
                   fmt::format(
                       "the directory's slots hold the generations {} and {}, which do not follow each other",
                       facts[0].header.generation, facts[1].header.generation))
          .at(Place::at_byte(name_, directory_offset_bytes_));
    }
    const SlotHeader& header = facts[chosen.slot].header;
    if (chosen.choice == Choice::kDamaged || header.content != Content::kPresent ||
        header.cipher != Cipher::kNone) {
      return damaged(fmt::format("the directory cannot be read: {}, {}", slot_text(0, facts[0]),
                                 slot_text(1, facts[1])));
    }
    const unsigned other = 1 - chosen.slot;
    if (chosen.other_damaged) directory_damage_.push_back(slot_text(other, facts[other]));
    Result<Directory> decoded =
        decode_directory(both.subspan(chosen.slot * one_slot + kSlotHeaderBytes, header.length_bytes),
                         file_->size_bytes(), name_);
    if (!decoded) return decoded.error();
    if (decoded->integrity != header.integrity)
      return damaged("the directory says it has another kind of digest than it has");
    directory_ = *std::move(decoded);
    directory_generation_ = header.generation;
    return {};
  }
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
