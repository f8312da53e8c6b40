#pragma once

#include <memory>
#include <string>

#include "storage/file_system.h"

namespace nonvol::storage {

// Where bytes are: a path, or an NBD URI (nbd+unix:///export?socket=PATH, nbd://127.0.0.1:10809/export).
struct Medium {
  std::string target;
  std::string luks_key_file = {};  // of a LUKS container around them
  // A raw file that lies under the target if that is a qcow2 image with a backing file: whoever names it has
  // checked it, and the name in the image's header counts for nothing.
  std::string backing = {};
};

struct MediumOptions {
  Access access = Access::kReadOnly;
  unsigned lock_wait_ms = 0;  // how long to wait for another process that has it open for writing
  bool rehearsal = false;     // nothing will be written, although the access says so: a dry run
};

// The bytes of a file, a device or an export; of a qcow2 or LUKS image those inside it, through
// qemu-storage-daemon. For writing, QEMU's image locks are held as long as the BlockFile lives. Errors:
// kNvramInContainer for a qcow2 image that needs another file besides itself and the backing, and those of
// open_nbd, open_through_qemu and FileSystem.
Result<std::unique_ptr<BlockFile>> open_medium(FileSystem& files, const Medium& medium,
                                               const MediumOptions& options);

// Whether a file is a qcow2 or LUKS image, to be opened through qemu-storage-daemon. Errors: as open_medium.
Result<bool> is_container(FileSystem& files, const Medium& medium);

// Whether the text names an NBD server rather than a path.
bool is_uri(const std::string& target);

}  // namespace nonvol::storage
