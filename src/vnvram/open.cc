#include "vnvram/open.h"

#include "storage/nbd.h"

namespace nonvol::vnvram {
namespace {

Result<std::unique_ptr<storage::BlockFile>> open_plain(storage::FileSystem& files, const std::string& path,
                                                       const OpenOptions& options) {
  if (options.access == storage::Access::kReadOnly) return files.open_read(path);
  return storage::open_write_waiting(files, path, options.lock_wait_ms);
}

}  // namespace

bool is_uri(const std::string& target) {
  return target.starts_with("nbd:") || target.starts_with("nbd+unix:");
}

Result<std::unique_ptr<storage::BlockFile>> open_file(storage::FileSystem& files, const Location& location,
                                                      const OpenOptions& options) {
  if (is_uri(location.target)) return storage::open_nbd(location.target, options.access);
  Result<std::unique_ptr<storage::BlockFile>> file = open_plain(files, location.target, options);
  if (!file) return file;
  return file;
}

Result<Image> open_image(storage::FileSystem& files, const Location& location, const OpenOptions& options) {
  if (is_uri(location.target)) {
    Result<std::unique_ptr<storage::BlockFile>> file = storage::open_nbd(location.target, options.access);
    if (!file) return file.error();
    return Image::open(*std::move(file), location.target, options.user_key);
  }
  // Not open_file(): an image says itself that it is none but a container, which saves a read of every other
  // one.
  Result<std::unique_ptr<storage::BlockFile>> file = open_plain(files, location.target, options);
  if (!file) return file.error();
  return Image::open(*std::move(file), location.target, options.user_key);
}

}  // namespace nonvol::vnvram
