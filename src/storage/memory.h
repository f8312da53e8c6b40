#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "storage/file_source.h"

namespace nonvol::storage {

// A file in memory that is gone when it is destroyed; flush() promises nothing more than that. Writing behind
// the end and resize() make it grow, with zeros, up to 1 GiB: kNoSpace. Many threads.
std::unique_ptr<BlockFile> memory_file(std::vector<std::uint8_t> bytes = {});

}  // namespace nonvol::storage
