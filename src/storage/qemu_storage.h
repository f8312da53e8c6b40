#pragma once

#include <memory>
#include <optional>
#include <string>

#include "storage/file_source.h"

namespace nonvol::storage {

struct QemuImage {
  std::string path;
  std::string format;         // as QEMU calls it: "raw", "qcow2", "luks", ...
  std::string luks_key_file;  // the passphrase, every byte of it; empty where the image is not encrypted
  std::string backing = {};   // a raw file under a qcow2 image, in place of the one that its header names
};

// What is inside an image that QEMU can open, by a qemu-storage-daemon that lives as long as the BlockFile
// and is spoken to over a socket in a private directory. QEMU takes its own image locks. The size is fixed.
// The key stays in its file: nobody sees it among the daemon's arguments. With a key file a qcow2 image is
// taken to be encrypted as LUKS. Errors: those of open_nbd; kImageInUse; kQemuToolMissing where the daemon is
// not in PATH; kQemuToolFailed with the last that it said, also for a wrong key.
Result<std::unique_ptr<BlockFile>> open_through_qemu(const QemuImage& image, Access access);

// The format of an image that holds another one, by its first bytes: "qcow2" (QEMU's docs/interop/qcow2.txt),
// "luks" (LUKS1 and LUKS2 on-disk formats, their magic number).
std::optional<std::string> container_format(octets::Bytes first_bytes);

}  // namespace nonvol::storage
