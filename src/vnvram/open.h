#pragma once

#include <string>

#include "outcome/result.h"
#include "seal/aead.h"
#include "storage/file_system.h"
#include "vnvram/image.h"

namespace nonvol::vnvram {

// Where an image is: a path, or an NBD URI (nbd+unix:///export?socket=PATH, nbd://127.0.0.1:10809/export).
struct Location {
  std::string target;
  std::string luks_key_file = {};  // of a LUKS container around the image
};

struct OpenOptions {
  storage::Access access = storage::Access::kReadOnly;
  const seal::Key* user_key = nullptr;
  unsigned lock_wait_ms = 0;  // how long to wait for another process that has the image open for writing
  bool rehearsal = false;     // nothing will be written, although the access says so: a dry run
};

// The bytes of an image, formatted or not; of a qcow2 or LUKS file those inside it. Errors: those of storage.
Result<std::unique_ptr<storage::BlockFile>> open_file(storage::FileSystem& files, const Location& location,
                                                      const OpenOptions& options);

// Opens an image wherever it is; what turns out to be a qcow2 or LUKS image is opened through
// qemu-storage-daemon. For writing, QEMU's image locks are held as long as the image lives. A read of one
// entry of a plain file takes five system calls from here to the destructor.
Result<Image> open_image(storage::FileSystem& files, const Location& location, const OpenOptions& options);

// Whether the text names an NBD server rather than a path.
bool is_uri(const std::string& target);

}  // namespace nonvol::vnvram
