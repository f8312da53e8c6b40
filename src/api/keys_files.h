#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "api/context.h"
#include "octets/guid.h"

// Files that bring keys. Private to api/.
namespace nonvol::api {

// The variables that keys are enrolled in.
enum class KeySlot { kPk, kKek, kDb, kDbx };
inline constexpr std::array kKeySlots = {KeySlot::kPk, KeySlot::kKek, KeySlot::kDb, KeySlot::kDbx};
std::string_view name_of(KeySlot slot);

struct KeyMaterial {
  octets::Guid type;
  std::optional<octets::Guid> owner;  // a certificate's file names none
  std::vector<std::uint8_t> data;
};

struct KeyFile {
  std::string path;
  std::vector<KeyMaterial> signatures;
  std::vector<std::uint8_t> update;  // the whole file, where it is an update; then there are no signatures
  bool is_update() const { return !update.empty(); }
};
// Errors: kKeyFile, kLibraryMissing, those of reading.
Result<KeyFile> read_key_file(const std::string& path);

struct KeyDirectory {
  std::array<std::vector<KeyFile>, kKeySlots.size()> slots;
  std::vector<KeyFile> loose;  // directly in the directory
};
// Files named .der, .cer, .crt, .pem, .esl or .auth, in the order of their names, of DIR/PK, DIR/KEK, DIR/DB
// and DIR/DBX or the same in DIR/PreSignedObjects, and in a folder Certificate or Certificates of these.
// Errors: kNoKeysInDirectory.
Result<KeyDirectory> read_key_directory(const Context& context, const std::string& path);

}  // namespace nonvol::api
