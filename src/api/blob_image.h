#pragma once

#include <optional>
#include <string>

#include "api/context.h"
#include "json/writer.h"
#include "vnvram/image.h"
#include "vnvram/open.h"

// What the blob commands have in common: how an NVRAM image is reached, unlocked and described.
namespace nonvol::api {

// Where a user's key comes from; neither: no key is given.
struct KeySource {
  std::string file;
  std::optional<int> descriptor;
  bool given() const { return !file.empty() || descriptor.has_value(); }
};
// Nothing where no key is given. Errors: kBadKeyFile, and those of reading.
Result<std::optional<seal::Key>> read_key(const KeySource& source);

struct BlobImage {
  std::string target;         // a path, or an NBD URI
  std::string luks_key_file;  // of a LUKS container around the image
  KeySource key;
  unsigned wait_ms = 1000;  // writers: how long to wait for another process that has the image
};

// An open image, and the key that opened it.
struct OpenBlobs {
  std::optional<seal::Key> key;
  vnvram::Image image;
  const seal::Key* key_or_null() const { return key ? &*key : nullptr; }
};
// Errors: those of read_key and vnvram::open_image.
Result<OpenBlobs> open_blobs(const Context& context, const BlobImage& where, storage::Access access);

// Unlocks an image that was opened without its key, if one was given. The first encrypted entry of an image
// brings a key that opens nothing yet. Errors: those of vnvram::Image::unlock.
Result<void> use_key(vnvram::Image& image, const std::optional<seal::Key>& key, bool wants_encrypted);

// What an image says of itself as a whole.
struct BlobImageFacts {
  std::string target;
  bool seed_layout = false;
  std::string uuid;  // empty: seed layout
  std::optional<vnvram::Integrity> integrity;
  std::uint64_t image_bytes = 0;
  bool encrypted = false;
  std::uint64_t directory_generation = 0;
};
BlobImageFacts facts_of(const std::string& target, const vnvram::Image& image);
// "image", "uuid", "format_version", "integrity", "seed_layout", "image_bytes", "encrypted",
// "directory_generation"; what the seed layout does not have is null.
void write_image_facts(json::Writer& writer, const BlobImageFacts& facts);

// "name", "kind", "capacity_bytes", "encrypted", "offset_bytes".
void write_entry_members(json::Writer& writer, const vnvram::EntryInfo& entry);

// "nonvol blob list IMAGE".
std::string list_hint(const std::string& target);

}  // namespace nonvol::api
