#include "storage/medium.h"

#include <fmt/format.h>

#include "octets/text.h"
#include "storage/nbd.h"
#include "storage/qcow2.h"
#include "storage/qemu_storage.h"

namespace nonvol::storage {
namespace {

Result<std::unique_ptr<BlockFile>> open_plain(FileSystem& files, const std::string& path,
                                              const MediumOptions& options) {
  if (options.access == Access::kReadOnly) return files.open_read(path);
  return open_write_waiting(files, path, options.lock_wait_ms);
}

Result<std::unique_ptr<BlockFile>> open_container(const Medium& medium, const std::string& format,
                                                  const std::string& backing, Access access) {
  return open_through_qemu({medium.target, format, medium.luks_key_file, backing}, access);
}

// A file that holds another one.
struct Container {
  std::string format;
  std::string backing;  // what lies under it
};

// What the file is a container of, if it is one. A qcow2 header that names another file that QEMU would open
// as well lets whoever made the image choose which of this host's files is read or written: it is taken only
// with a backing file that the caller has chosen.
Result<std::optional<Container>> container_of(BlockFile& file, const Medium& medium) {
  std::uint8_t memory[kQcow2HeaderBytes];
  Result<std::size_t> got = file.read_at(0, memory);
  if (!got) return got.error();
  const octets::Bytes bytes = octets::Bytes(memory).first(*got);
  const std::optional<std::string> format = container_format(bytes);
  if (!format) return std::optional<Container>();
  if (*format != "qcow2") return std::optional<Container>({*format, ""});
  const std::optional<Qcow2Front> front = qcow2_front(bytes);
  if (front && !front->has_data_file) {
    if (!front->has_backing) return std::optional<Container>({*format, ""});
    if (!medium.backing.empty()) return std::optional<Container>({*format, medium.backing});
  }
  return Error(ErrorId::kNvramInContainer,
               fmt::format("{} is a qcow2 image that needs another file besides itself; it is not opened",
                           medium.target))
      .at(Place::at_byte(medium.target, 8))
      .with_hint(fmt::format("qemu-img info {}", octets::shell_path(medium.target)));
}

}  // namespace

bool is_uri(const std::string& target) {
  return target.starts_with("nbd:") || target.starts_with("nbd+unix:");
}

Result<bool> is_container(FileSystem& files, const Medium& medium) {
  Result<std::unique_ptr<BlockFile>> file = files.open_read(medium.target);
  if (!file) return file.error();
  Result<std::optional<Container>> container = container_of(**file, medium);
  if (!container) return container.error();
  return container->has_value();
}

Result<std::unique_ptr<BlockFile>> open_medium(FileSystem& files, const Medium& medium,
                                               const MediumOptions& options) {
  if (is_uri(medium.target)) return open_nbd(medium.target, options.access);
  Result<std::unique_ptr<BlockFile>> file = open_plain(files, medium.target, options);
  if (!file) return file;
  Result<std::optional<Container>> container = container_of(**file, medium);
  if (!container) return container.error();
  if (!container->has_value()) return file;
  // The storage daemon takes the locks itself.
  file->reset();
  // QEMU changes what it opens for writing, even if nothing is written.
  const bool reads = options.rehearsal || options.access == Access::kReadOnly;
  return open_container(medium, (*container)->format, (*container)->backing,
                        reads ? Access::kReadOnly : Access::kReadWrite);
}

}  // namespace nonvol::storage
