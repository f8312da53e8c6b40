#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "efi/describe.h"
#include "octets/reader.h"

namespace nonvol::efi {

// Parts of descriptions that do not depend on which variable it is.

Description describe_bytes(octets::Bytes data);
// ASCII with or without a final NUL, or UTF-16LE with one; nullopt for anything else, and for fewer
// characters than `shortest`.
std::optional<Description> describe_text(octets::Bytes data, std::size_t shortest);
// Types and pages (MemoryTypeInformation of edk2); nullopt where the bytes are no such list.
std::optional<Description> describe_memory_types(octets::Bytes data);
// EFI_KEY_OPTION (UEFI 2.10, 3.1.6); nullopt where the bytes are none.
std::optional<Description> describe_hot_key(octets::Bytes data);
bool is_hot_key(const variable::Identity& identity);  // Key0000

// Text for a terminal: what is not well-formed or would speak to the terminal is replaced.
std::string shown_text(octets::Bytes utf16);
// Hex of the first bytes, and how many there are where that is not all.
std::string shown_bytes(octets::Bytes bytes);

// Little endian; nullopt where the data has another size.
std::optional<std::uint64_t> whole_number(octets::Bytes data, std::size_t size_bytes);

// "BOOT_TO_FW_UI", ... (UEFI 2.10, 8.5.4); unknown bits as one hex number.
std::vector<std::string> os_indication_names(std::uint64_t value);

}  // namespace nonvol::efi
