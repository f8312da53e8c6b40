#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"
#include "seal/aead.h"
#include "vnvram/limits.h"

namespace nonvol::vnvram {

enum class EntryKind : std::uint8_t { kPlain = 1, kAtomic = 2 };
enum class Integrity : std::uint8_t { kCrc32c = 1, kSha256 = 2 };
std::string_view to_string(EntryKind kind);       // "plain", "atomic"
std::string_view to_string(Integrity integrity);  // "crc32c", "sha256"

inline constexpr std::size_t kSealBytes = 28;  // nonce and tag

using Uuid = std::array<std::uint8_t, kUuidBytes>;
std::string to_string(const Uuid& uuid);  // RFC 4122 form, lower case

// Extends the format; kept as it is when nobody knows it.
struct Attribute {
  std::string name;
  bool mandatory = false;
  std::vector<std::uint8_t> value;
  friend bool operator==(const Attribute&, const Attribute&) = default;
};

// The image's data key under one of its users' keys.
struct KeySlot {
  std::uint8_t number = 0;  // 0 or 1
  seal::Nonce nonce{};
  std::array<std::uint8_t, 48> wrapped{};  // the key, then the tag
  friend bool operator==(const KeySlot&, const KeySlot&) = default;
};

struct EntryInfo {
  std::string name;
  EntryKind kind = EntryKind::kPlain;
  std::uint64_t offset_bytes = 0;  // of the blob's content in the image
  std::uint64_t capacity_bytes = 0;
  bool encrypted = false;
  std::vector<Attribute> attributes = {};
  friend bool operator==(const EntryInfo&, const EntryInfo&) = default;
};

// Where the entry's framing begins, in images of the extended layout: an offset of a page has room for it.
std::uint64_t begin_bytes(const EntryInfo& entry);

// What an extended image says of itself (docs/formats/nvram-image.md, "The directory").
struct Directory {
  Uuid uuid{};
  Integrity integrity = Integrity::kCrc32c;
  std::vector<Attribute> attributes;
  std::vector<KeySlot> key_slots;
  std::vector<EntryInfo> entries;
  std::vector<std::uint8_t> seal;  // empty without key slots
  friend bool operator==(const Directory&, const Directory&) = default;
};

// DER; without the seal if `with_seal` is false (which is what the seal authenticates).
std::vector<std::uint8_t> encode(const Directory& directory, bool with_seal = true);

// Strict. Checks all that can be told without the image: version, attributes, kinds, names, limits, that no
// name occurs twice and no blobs overlap within `image_bytes`. Errors, `file` as place: kNvramDirectory,
// kNvramVersion, kNvramMandatory, kNvramName, kNvramDuplicateName, kNvramOverlap, kNvramLimit.
Result<Directory> decode_directory(octets::Bytes payload, std::uint64_t image_bytes, const std::string& file);

// What is wrong with a name in an image or in a request, in words that continue "The name"; empty if nothing.
std::string_view name_problem(std::string_view name);

}  // namespace nonvol::vnvram
