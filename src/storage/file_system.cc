#include "storage/file_system.h"

#include "storage/image_lock.h"

namespace nonvol::storage {

Result<std::unique_ptr<BlockFile>> open_write_waiting(FileSystem& files, const std::string& path,
                                                      unsigned wait_ms) {
  return until_not_in_use([&] { return files.open_write(path); }, wait_ms);
}

}  // namespace nonvol::storage
