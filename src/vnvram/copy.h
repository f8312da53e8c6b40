#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outcome/result.h"
#include "seal/aead.h"
#include "vnvram/format.h"
#include "vnvram/image.h"

// Copying an image into another one with other sizes: what `blob resize` is made of.
namespace nonvol::vnvram {

struct ResizeRequest {
  std::vector<EntryRequest>
      changed;  // by name: new capacity; kind and encryption as given; new ones are added
  std::vector<std::string> dropped;
  std::uint64_t reserve_bytes = 0;
  std::optional<std::uint64_t> size_bytes = std::nullopt;
  bool new_data_key = false;  // encrypted images: needs the user's key
  const seal::Key* user_key = nullptr;
};

// The format request that keeps all that is not changed: names, order, kinds, UUID, integrity, attributes.
// Data key: the image's own unless new_data_key. Errors: kNoSuchEntry (dropped), kBadEntryRequest,
// kBlobTooLarge (content that would not fit), and those of reading.
Result<FormatRequest> resized(Image& from, const ResizeRequest& request);

// Fills a freshly formatted image with the contents of another one, by name; content keeps its
// generation, so that pinned ones still hold, and fills both slots. Then reads all back and compares. Errors:
// those of reading and writing; kImpossible when what is read back differs.
Result<void> copy_contents(Image& from, Image& to);

}  // namespace nonvol::vnvram
