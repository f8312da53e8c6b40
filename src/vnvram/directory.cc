#include "vnvram/directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "octets/crc32c.h"
#include "octets/text.h"
#include "vnvram/der.h"
#include "vnvram/layout.h"

namespace nonvol::vnvram {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kMaxAttributes = 64;
constexpr std::size_t kLeastEntryBytes = 14;  // of an EntryInfo
constexpr std::uint8_t kAttributesTag = kDerConstructedContext + 0;
constexpr std::uint8_t kKeySlotsTag = kDerConstructedContext + 1;
constexpr std::uint8_t kSealTag = kDerPrimitiveContext + 2;

void encode_attributes(DerWriter& writer, const std::vector<Attribute>& attributes) {
  if (attributes.empty()) return;
  writer.begin(kAttributesTag);
  for (const Attribute& attribute : attributes) {
    writer.begin();
    writer.utf8(attribute.name);
    if (attribute.mandatory) writer.boolean(true);
    writer.octets(attribute.value);
    writer.end();
  }
  writer.end();
}

void encode_key_slots(DerWriter& writer, const std::vector<KeySlot>& key_slots) {
  if (key_slots.empty()) return;
  writer.begin(kKeySlotsTag);
  for (const KeySlot& slot : key_slots) {
    writer.begin();
    writer.integer(slot.number);
    writer.octets(slot.nonce);
    writer.octets(slot.wrapped);
    writer.end();
  }
  writer.end();
}

// A BOOLEAN that DER leaves out when it is false.
bool decode_flag(DerReader& reader, std::string_view field) {
  if (!reader.next_is(kDerBoolean)) return false;
  const bool value = reader.boolean(field);
  if (reader.ok() && !value) reader.fail(field, "is written although it has its default value");
  return value;
}

std::vector<Attribute> decode_attributes(DerReader& reader) {
  std::vector<Attribute> result;
  if (!reader.next_is(kAttributesTag)) return result;
  DerReader list = reader.inside("attributes", kAttributesTag);
  if (list.ok() && list.at_end()) list.fail("attributes", "is an empty list");
  while (list.ok() && !list.at_end()) {
    DerReader item = list.inside("attribute");
    Attribute& attribute = result.emplace_back();
    attribute.name = item.utf8("attribute.name");
    attribute.mandatory = decode_flag(item, "attribute.mandatory");
    const octets::Bytes value = item.octets("attribute.value");
    attribute.value.assign(value.begin(), value.end());
    item.finish("attribute");
    if (result.size() > kMaxAttributes) list.fail("attributes", "has too many members");
  }
  return result;
}

// Copies an OCTET STRING that must have exactly the size of `to`.
template <std::size_t kBytes>
void decode_exact(DerReader& reader, std::string_view field, std::array<std::uint8_t, kBytes>& to) {
  const octets::Bytes bytes = reader.octets(field);
  if (!reader.ok()) return;
  if (bytes.size() != kBytes) {
    reader.fail(field, fmt::format("has {} bytes instead of {}", bytes.size(), kBytes));
    return;
  }
  std::ranges::copy(bytes, to.begin());
}

std::vector<KeySlot> decode_key_slots(DerReader& reader) {
  std::vector<KeySlot> result;
  if (!reader.next_is(kKeySlotsTag)) return result;
  DerReader list = reader.inside("keySlots", kKeySlotsTag);
  if (list.ok() && list.at_end()) list.fail("keySlots", "is an empty list");
  while (list.ok() && !list.at_end()) {
    DerReader item = list.inside("keySlot");
    KeySlot& slot = result.emplace_back();
    const std::uint64_t number = item.integer("keySlot.number");
    decode_exact(item, "keySlot.nonce", slot.nonce);
    decode_exact(item, "keySlot.wrapped", slot.wrapped);
    item.finish("keySlot");
    slot.number = static_cast<std::uint8_t>(number & 1);
    const bool taken = result.size() == 2 && result[0].number == result[1].number;
    if (item.ok() && (number > 1 || taken || result.size() > 2)) {
      item.fail("keySlot.number", "is not one of two key slots");
    }
  }
  return result;
}

EntryInfo decode_entry(DerReader& entries) {
  DerReader reader = entries.inside("entry");
  EntryInfo entry;
  entry.name = reader.utf8("entry.name");
  const std::uint64_t kind = reader.integer("entry.kind");
  entry.kind = kind == 1 ? EntryKind::kPlain : EntryKind::kAtomic;
  entry.offset_bytes = reader.integer("entry.offset");
  entry.capacity_bytes = reader.integer("entry.capacity");
  entry.encrypted = decode_flag(reader, "entry.encrypted");
  entry.attributes = decode_attributes(reader);
  reader.finish("entry");
  if (reader.ok() && (kind < 1 || kind > 2)) {
    reader.fail("entry.kind",
                fmt::format("of '{}' is {}, neither plain (1) nor atomic (2)", entry.name, kind));
  }
  if (reader.ok() && entry.encrypted && entry.kind == EntryKind::kPlain) {
    reader.fail("entry.encrypted", "is set for a plain entry");
  }
  return entry;
}

const Attribute* unknown_mandatory(const Directory& directory) {
  const auto mandatory = [](const Attribute& attribute) { return attribute.mandatory; };
  const auto found = std::ranges::find_if(directory.attributes, mandatory);
  if (found != directory.attributes.end()) return &*found;
  for (const EntryInfo& entry : directory.entries) {
    const auto of_entry = std::ranges::find_if(entry.attributes, mandatory);
    if (of_entry != entry.attributes.end()) return &*of_entry;
  }
  return nullptr;
}

Error at_file(Error error, const std::string& file) {
  return std::move(error)
      .at(Place::in_file(file))
      .with_hint(fmt::format("nonvol blob dump {}", octets::shell_path(file)));
}

Result<void> check_entry(const EntryInfo& entry, std::uint64_t image_bytes, const std::string& file) {
  if (const std::string_view problem = name_problem(entry.name); !problem.empty()) {
    return at_file(Error(ErrorId::kNvramName, fmt::format("the name of an entry {}", problem)), file);
  }
  if (entry.name.front() == '.') {
    return at_file(
        Error(ErrorId::kNvramName,
              fmt::format("the directory lists '{}'; such names belong to the format", entry.name)),
        file);
  }
  if (entry.capacity_bytes > kMaxCapacityBytes) {
    return at_file(
        Error(ErrorId::kNvramLimit, fmt::format("'{}' has a capacity of {} bytes, the limit is {}",
                                                entry.name, entry.capacity_bytes, kMaxCapacityBytes)),
        file);
  }
  const std::uint64_t content_bytes = blob_bytes(entry.kind, entry.capacity_bytes);
  if (entry.offset_bytes > image_bytes || content_bytes > image_bytes - entry.offset_bytes) {
    return at_file(Error(ErrorId::kNvramDirectory,
                         fmt::format("'{}' is said to lie at byte {} and be {} bytes long, the image has {}",
                                     entry.name, entry.offset_bytes, content_bytes, image_bytes)),
                   file);
  }
  // Another place than format and add give would let an update spoil what is not the entry's own.
  if (entry.offset_bytes % kPageBytes != 0 || entry.offset_bytes == 0) {
    return at_file(Error(ErrorId::kNvramDirectory,
                         fmt::format("'{}' is said to lie at byte {}, which is not a multiple of {} behind 0",
                                     entry.name, entry.offset_bytes, kPageBytes)),
                   file);
  }
  return {};
}

// By a digest of the names, because opening an image is what one-shot commands spend their time on.
const EntryInfo* find_duplicate(const std::vector<EntryInfo>& entries) {
  std::vector<std::pair<std::uint32_t, const EntryInfo*>> order;
  order.reserve(entries.size());
  for (const EntryInfo& entry : entries) {
    const auto* name = reinterpret_cast<const std::uint8_t*>(entry.name.data());
    order.emplace_back(octets::crc32c({name, entry.name.size()}), &entry);
  }
  std::ranges::sort(order, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second->name < b.second->name;
  });
  const auto same = [](const auto& a, const auto& b) {
    return a.first == b.first && a.second->name == b.second->name;
  };
  const auto found = std::ranges::adjacent_find(order, same);
  return found == order.end() ? nullptr : found->second;
}

Result<void> check_entries(const Directory& directory, std::uint64_t image_bytes, const std::string& file) {
  const std::vector<EntryInfo>& entries = directory.entries;
  for (const EntryInfo& entry : entries) {
    if (Result<void> checked = check_entry(entry, image_bytes, file); !checked) return checked;
  }
  if (const EntryInfo* twice = find_duplicate(entries)) {
    return at_file(
        Error(ErrorId::kNvramDuplicateName, fmt::format("the directory lists '{}' twice", twice->name)),
        file);
  }
  std::vector<const EntryInfo*> order;
  order.reserve(entries.size());
  for (const EntryInfo& entry : entries) order.push_back(&entry);
  // Format and additions leave them in this order.
  if (!std::ranges::is_sorted(order, {}, &EntryInfo::offset_bytes)) {
    std::ranges::sort(order, {}, &EntryInfo::offset_bytes);
  }
  for (std::size_t i = 1; i < order.size(); ++i) {
    const EntryInfo& before = *order[i - 1];
    if (before.offset_bytes + blob_bytes(before.kind, before.capacity_bytes) <= begin_bytes(*order[i]))
      continue;
    return at_file(Error(ErrorId::kNvramOverlap, fmt::format("'{}' and '{}' overlap at byte {}", before.name,
                                                             order[i]->name, order[i]->offset_bytes)),
                   file);
  }
  return {};
}

}  // namespace

std::uint64_t begin_bytes(const EntryInfo& entry) {
  return entry.offset_bytes - entry_framing_bytes(entry.name, blob_bytes(entry.kind, entry.capacity_bytes));
}

std::string_view to_string(EntryKind kind) {
  return kind == EntryKind::kPlain ? "plain" : "atomic";
}

std::string_view to_string(Integrity integrity) {
  return integrity == Integrity::kCrc32c ? "crc32c" : "sha256";
}

std::string to_string(const Uuid& uuid) {
  std::string hex = octets::to_hex(uuid);
  for (const std::size_t at : {20, 16, 12, 8}) hex.insert(at, "-");
  return hex;
}

std::string_view name_problem(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > kMaxNameBytes) return "is longer than 255 bytes";
  const auto printable_ascii = [](char c) { return c >= 0x20 && c < 0x7f; };
  if (std::ranges::all_of(name, printable_ascii)) return {};
  if (!octets::is_utf8(name)) return "is not UTF-8";
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(name, control)) return "has a control character in it";
  return {};
}

std::vector<std::uint8_t> encode(const Directory& directory, bool with_seal) {
  DerWriter writer;
  writer.begin();
  writer.integer(kVersion);
  writer.octets(directory.uuid);
  writer.integer(static_cast<std::uint64_t>(directory.integrity));
  encode_attributes(writer, directory.attributes);
  encode_key_slots(writer, directory.key_slots);
  writer.begin();
  for (const EntryInfo& entry : directory.entries) {
    writer.begin();
    writer.utf8(entry.name);
    writer.integer(static_cast<std::uint64_t>(entry.kind));
    writer.integer(entry.offset_bytes);
    writer.integer(entry.capacity_bytes);
    if (entry.encrypted) writer.boolean(true);
    encode_attributes(writer, entry.attributes);
    writer.end();
  }
  writer.end();
  if (with_seal && !directory.seal.empty()) writer.octets(directory.seal, kSealTag);
  writer.end();
  return writer.bytes();
}

Result<Directory> decode_directory(octets::Bytes payload, std::uint64_t image_bytes,
                                   const std::string& file) {
  std::string failure;
  DerReader outer(payload, failure);
  DerReader reader = outer.inside("directory");
  outer.finish("directory");
  Directory directory;
  // Before all else: another version may have another structure.
  const std::uint64_t version = reader.integer("version");
  if (failure.empty() && version != kVersion) {
    return at_file(
        Error(ErrorId::kNvramVersion,
              fmt::format("the image has format version {}, this program knows {}", version, kVersion)),
        file);
  }
  decode_exact(reader, "uuid", directory.uuid);
  const std::uint64_t integrity = reader.integer("integrity");
  directory.integrity = integrity == 1 ? Integrity::kCrc32c : Integrity::kSha256;
  if (reader.ok() && (integrity < 1 || integrity > 2)) {
    reader.fail("integrity", fmt::format("is {}, neither CRC-32C (1) nor SHA-256 (2)", integrity));
  }
  directory.attributes = decode_attributes(reader);
  directory.key_slots = decode_key_slots(reader);
  DerReader entries = reader.inside("entries");
  directory.entries.reserve(std::min<std::size_t>(entries.left().size() / kLeastEntryBytes, kMaxEntries));
  while (entries.ok() && !entries.at_end()) {
    directory.entries.push_back(decode_entry(entries));
    if (directory.entries.size() > kMaxEntries) {
      return at_file(
          Error(ErrorId::kNvramLimit, fmt::format("the directory lists more than {} entries", kMaxEntries)),
          file);
    }
  }
  if (reader.next_is(kSealTag)) {
    const octets::Bytes seal = reader.octets("seal", kSealTag);
    directory.seal.assign(seal.begin(), seal.end());
  }
  reader.finish("directory");
  if (failure.empty() && directory.seal.size() != (directory.key_slots.empty() ? 0 : kSealBytes)) {
    reader.fail("seal", fmt::format("has {} bytes with {} key slots", directory.seal.size(),
                                    directory.key_slots.size()));
  }
  const bool locked_entry = std::ranges::any_of(directory.entries, &EntryInfo::encrypted);
  if (failure.empty() && locked_entry && directory.key_slots.empty()) {
    reader.fail("keySlots", "is missing although an entry is encrypted");
  }
  if (!failure.empty()) {
    return at_file(Error(ErrorId::kNvramDirectory, fmt::format("the directory is malformed: {}", failure)),
                   file);
  }
  if (const Attribute* attribute = unknown_mandatory(directory)) {
    return at_file(Error(ErrorId::kNvramMandatory,
                         fmt::format("the image has the attribute '{}', which a program must know to use it",
                                     attribute->name)),
                   file);
  }
  if (Result<void> checked = check_entries(directory, image_bytes, file); !checked) return checked.error();
  return directory;
}

}  // namespace nonvol::vnvram
