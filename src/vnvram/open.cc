#include "vnvram/open.h"

#include "storage/nbd.h"
#include "storage/qemu_storage.h"

namespace nonvol::vnvram {
namespace {

Result<std::unique_ptr<storage::BlockFile>> open_plain(storage::FileSystem& files, const std::string& path,
                                                       const OpenOptions& options) {
  if (options.access == storage::Access::kReadOnly) return files.open_read(path);
  return storage::open_write_waiting(files, path, options.lock_wait_ms);
}

Result<std::unique_ptr<storage::BlockFile>> open_container(const Location& location,
                                                           const std::string& format,
                                                           storage::Access access) {
  return storage::open_through_qemu({location.target, format, location.luks_key_file}, access);
}

// The format that the file is a container of, if it is one.
Result<std::optional<std::string>> container_of(storage::BlockFile& file) {
  std::uint8_t front[8];
  Result<std::size_t> got = file.read_at(0, front);
  if (!got) return got.error();
  return storage::container_format(octets::Bytes(front).first(*got));
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
  Result<std::optional<std::string>> format = container_of(**file);
  if (!format) return format.error();
  if (!format->has_value()) return file;
  // The storage daemon takes the locks itself.
  file->reset();
  return open_container(location, **format, options.access);
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
