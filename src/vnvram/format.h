#pragma once

#include <optional>

#include "outcome/result.h"
#include "seal/aead.h"
#include "storage/file_source.h"
#include "vnvram/image.h"
#include "vnvram/layout.h"

namespace nonvol::vnvram {

struct FormatRequest {
  LayoutRequest layout;
  Integrity integrity = Integrity::kCrc32c;
  std::optional<Uuid> uuid = std::nullopt;  // random if absent
  const seal::Key* user_key = nullptr;      // needed if an entry is encrypted
  const seal::Key* data_key = nullptr;      // random if absent
};

// What there is in a file that someone asks to format.
enum class Occupant { kNothing, kNvram, kOther };
// Reads all of a file that begins with zeros. Errors: those of reading.
Result<Occupant> occupant(storage::BlockFile& file, const std::string& file_name);

// Makes `file` an NVRAM image of layout.size_bytes with nothing in its entries; whatever it held is lost. All
// that can refuse does so before anything is written; then what was there stops being an image before its
// size is changed. Everything is written, so that no later update needs space. Interrupted, it leaves no
// image. Errors: kKeyNeeded, kDirectoryFull (the layout was made for another request), kLibraryMissing, and
// those of writing.
Result<void> format(storage::BlockFile& file, const Layout& layout, const FormatRequest& request);

// Whether the image has exactly these entries, kinds, capacities and kind of digest: formatting it so would
// change nothing but lose contents.
bool same_layout(const Image& image, const FormatRequest& request);

}  // namespace nonvol::vnvram
