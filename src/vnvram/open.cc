#include "vnvram/open.h"

#include "storage/medium.h"
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
  return storage::is_uri(target);
}

Result<std::unique_ptr<storage::BlockFile>> open_file(storage::FileSystem& files, const Location& location,
                                                      const OpenOptions& options) {
  return storage::open_medium(files, {location.target, location.luks_key_file},
                              {options.access, options.lock_wait_ms, options.rehearsal});
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
  Result<Image> image = Image::open(*std::move(file), location.target, options.user_key);
  if (image || image.error().id != ErrorId::kNvramInContainer) return image;
  Result<std::unique_ptr<storage::BlockFile>> inside = open_file(files, location, options);
  if (!inside) return inside.error();
  return Image::open(*std::move(inside), location.target, options.user_key);
}

}  // namespace nonvol::vnvram
