#include "storage/medium.h"

#include <fmt/format.h>

#include "octets/text.h"
#include "storage/nbd.h"
#include "storage/qemu_storage.h"

namespace nonvol::storage {
namespace {

constexpr std::size_t kQcow2FrontBytes = 80;

Result<std::unique_ptr<BlockFile>> open_plain(FileSystem& files, const std::string& path,
                                              const MediumOptions& options) {
  if (options.access == Access::kReadOnly) return files.open_read(path);
  return open_write_waiting(files, path, options.lock_wait_ms);
}

Result<std::unique_ptr<BlockFile>> open_container(const Medium& medium, const std::string& format,
                                                  Access access) {
  return open_through_qemu({medium.target, format, medium.luks_key_file}, access);
}

std::uint64_t big_endian(octets::Bytes bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t octet : bytes) value = value << 8 | octet;
  return value;
}

// Whether a qcow2 header names another file that QEMU would open as well: a backing file (offset 8) or, by
// bit 2 of the incompatible features of version 3 (offset 72), an external data file (QEMU
// docs/interop/qcow2.txt). Whoever made the image would choose which of this host's files is read or written.
bool refers_to_another_file(octets::Bytes front) {
  if (front.size() < kQcow2FrontBytes) return true;
  const bool has_features = big_endian(front.subspan(4, 4)) >= 3;
  return big_endian(front.subspan(8, 8)) != 0 ||
         (has_features && (big_endian(front.subspan(72, 8)) & 4) != 0);
}

// The format that the file is a container of, if it is one.
Result<std::optional<std::string>> container_of(BlockFile& file, const std::string& name) {
  std::uint8_t memory[kQcow2FrontBytes];
  Result<std::size_t> got = file.read_at(0, memory);
  if (!got) return got.error();
  const octets::Bytes front = octets::Bytes(memory).first(*got);
  std::optional<std::string> format = container_format(front);
  if (format == "qcow2" && refers_to_another_file(front)) {
    return Error(ErrorId::kNvramInContainer,
                 fmt::format("{} is a qcow2 image that needs another file besides itself; it is not opened",
                             name))
        .at(Place::at_byte(name, 8))
        .with_hint(fmt::format("qemu-img info {}", octets::shell_path(name)));
  }
  return format;
}

}  // namespace

bool is_uri(const std::string& target) {
  return target.starts_with("nbd:") || target.starts_with("nbd+unix:");
}

Result<std::unique_ptr<BlockFile>> open_medium(FileSystem& files, const Medium& medium,
                                               const MediumOptions& options) {
  if (is_uri(medium.target)) return open_nbd(medium.target, options.access);
  Result<std::unique_ptr<BlockFile>> file = open_plain(files, medium.target, options);
  if (!file) return file;
  Result<std::optional<std::string>> format = container_of(**file, medium.target);
  if (!format) return format.error();
  if (!format->has_value()) return file;
  // The storage daemon takes the locks itself.
  file->reset();
  // QEMU changes what it opens for writing, even if nothing is written.
  const bool reads = options.rehearsal || options.access == Access::kReadOnly;
  return open_container(medium, **format, reads ? Access::kReadOnly : Access::kReadWrite);
}

}  // namespace nonvol::storage
