#pragma once

#include <string>

#include "outcome/result.h"

namespace nonvol::storage {

// FileSystem::copy_owner_and_mode for the machine's own files.
Result<void> copy_file_attributes(const std::string& from_path, const std::string& to_path);

}  // namespace nonvol::storage
