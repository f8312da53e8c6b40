#pragma once

#include <string>

#include "outcome/result.h"

namespace nonvol::storage {

// FileSystem::copy_owner_and_mode for the machine's own files.
Result<void> copy_file_attributes(const std::string& from_path, const std::string& to_path);

// The last nine bits of the mode. Errors: kFileMissing, kPermission, kInputOutput.
Result<unsigned> permission_bits(const std::string& path);

// What a regular file will hold is for its owner alone; anything else stays as it is. Errors: as above.
Result<void> make_private(const std::string& path);

}  // namespace nonvol::storage
