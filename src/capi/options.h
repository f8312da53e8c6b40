#pragma once

#include <cstddef>
#include <cstring>
#include <optional>
#include <vector>

#include "capi/error.h"
#include "nonvol/firmware.h"
#include "nonvol/vnvram.h"

// What callers pass in structures.
namespace nonvol::capi {

// A structure that may be missing, and may come from a caller that knows more members than this library does:
// those must then be zero, because they would ask for something that is not done. `T` is zero at first.
template <class T>
Result<T> taken(const T* given) {
  T options{};
  if (given == nullptr) return options;
  if (given->size_bytes < sizeof(T)) return bad_call("a structure has a smaller size_bytes than it ever had");
  const auto* bytes = reinterpret_cast<const unsigned char*>(given);
  for (std::size_t i = sizeof(T); i < given->size_bytes; ++i) {
    if (bytes[i] != 0) return bad_call("a structure has members that are newer than this library");
  }
  std::memcpy(&options, given, sizeof(T));
  return options;
}

// Errors: kBadCall for other bits than the known ones.
Result<void> check_flags(std::uint32_t flags, std::uint32_t known);

// Errors: kBadEntryRequest, kBadCall.
Result<vnvram::EntryRequest> entry_of(const nonvol_entry* entry);
Result<vnvram::WriteOptions> write_options_of(const nonvol_write_options* given);
// Nothing where there is none. Error: kBadKeyFile.
Result<std::optional<seal::Key>> key_of(const void* key, std::size_t key_bytes);
// An array that ends with NULL, as execv's; NULL itself is an empty one.
std::vector<std::string> words_of(const char* const* words);
// Error: kBadCall.
Result<FirmwareOptions> firmware_options_of(const nonvol_firmware_options* given);
octets::Bytes bytes_of(const void* bytes, std::size_t byte_count);

}  // namespace nonvol::capi
