#pragma once

#include <string>
#include <vector>

#include "storage/file_system.h"

namespace nonvol::guest {

// The entries of a directory by name, with kinds that are never kUnknown.
Result<std::vector<storage::DirectoryEntry>> entries_of(storage::FileSource& files,
                                                        const std::string& directory);

// Removes a directory of plain files and a TPM's socket; kForeignFiles, and nothing removed, if it holds
// anything else.
Result<void> remove_with_files(storage::FileSystem& files, const std::string& directory);

// What a guest's own store or image may be called. The one that it has is in its record, which may be gone.
std::vector<std::string> store_names(const std::string& guest_name);
// The same of its TPM's image.
std::string tpm_image_name(const std::string& guest_name);
// The only file of a guest that is no plain one: a socket, which an emulator that was killed leaves behind.
inline constexpr const char* kTpmSocketName = "tpm.sock";
// Whether the directory of a guest may hold an entry of this kind under this name.
bool is_kind_of_guest(const storage::DirectoryEntry& entry);
// What changing a store leaves beside it: the undo record, and what a killed process had begun to write.
bool is_beside_store(std::string_view file_name, std::string_view store_name);
// What a repair kept: "STORE.damaged", "STORE.damaged.2".
bool is_damaged_copy(std::string_view file_name, std::string_view store_name);

// How a guest's directory is called while it is being made or removed. No guest's name begins with a dot.
std::string creating_name(const std::string& guest_name);
std::string deleting_name(const std::string& guest_name);
bool is_unfinished_name(std::string_view name);

}  // namespace nonvol::guest
