#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "outcome/result.h"
#include "seal/aead.h"
#include "vnvram/directory.h"

// The data key of an image and the key slots that hold it (docs/formats/nvram-image.md, "Encryption").
namespace nonvol::vnvram {

// The content of a key file: 32 bytes, or 64 hexadecimal digits and at most one line break behind them.
// Error: kBadKeyFile, with `file` as place; the content is never part of it.
Result<seal::Key> parse_key(octets::Bytes content, const std::string& file);

// A fresh key. Error: kInputOutput.
Result<seal::Key> random_key();

// Errors: kLibraryMissing, kInputOutput.
Result<KeySlot> wrap_key(const seal::Key& data_key, const seal::Key& user_key, const Uuid& uuid,
                         std::uint8_t number);

struct UnwrappedKey {
  seal::Key data_key;
  std::size_t key_slot;  // index in directory.key_slots
};

// Tries every key slot; nothing if none opens. Error: kLibraryMissing.
Result<std::optional<UnwrappedKey>> unwrap_key(const Directory& directory, const seal::Key& user_key);

// Sets directory.seal. Errors: kLibraryMissing, kInputOutput.
Result<void> seal_directory(Directory& directory, const seal::Key& data_key);

// False: the directory is not what was sealed. Error: kLibraryMissing.
Result<bool> seal_holds(const Directory& directory, const seal::Key& data_key);

}  // namespace nonvol::vnvram
