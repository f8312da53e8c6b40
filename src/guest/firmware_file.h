#pragma once

#include <memory>
#include <string>

#include "storage/file_source.h"

namespace nonvol::guest {

// A firmware file for reading; `what` is its part: "executable". Errors: kFirmwareFileMissing also for what
// is no regular file, and those of files.
Result<std::unique_ptr<storage::BlockFile>> open_firmware(storage::FileSource& files, std::string_view what,
                                                          const std::string& path);

}  // namespace nonvol::guest
