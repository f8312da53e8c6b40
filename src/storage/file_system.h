#pragma once

#include "storage/file_source.h"

namespace nonvol::storage {

// Held until destroyed; the system releases it when the process dies.
class Lock {
 public:
  virtual ~Lock() = default;
};

// Reading, and changing what directories hold. Each function is one change; what must survive a power cut is
// made durable with BlockFile::flush (contents) and sync_directory (names). Tests put a simulated disk here
// that stops at any step and forgets any part of what was not made durable.
class FileSystem : public FileSource {
 public:
  // A new empty file, private to the owner; kAlreadyThere if the name is taken, even by a dangling link.
  virtual Result<std::unique_ptr<BlockFile>> create_new(const std::string& path) = 0;
  // The same, of a file that nobody but the privileged can open for writing once this is closed.
  virtual Result<std::unique_ptr<BlockFile>> create_new_read_only(const std::string& path) = 0;
  // A file or block device that is there, for reading and writing, with QEMU's image locks as a writer for as
  // long as the BlockFile lives (storage/image_lock.h). Does not wait for them. Errors: kFileMissing,
  // kPermission, kInputOutput, kImageInUse.
  virtual Result<std::unique_ptr<BlockFile>> open_write(const std::string& path) = 0;
  // One level; kAlreadyThere if the name is taken.
  virtual Result<void> make_directory(const std::string& path) = 0;
  // Makes the names in a directory durable.
  virtual Result<void> sync_directory(const std::string& path) = 0;
  // Never replaces: kAlreadyThere if the new name is taken.
  virtual Result<void> rename_new(const std::string& from, const std::string& to) = 0;
  // Replaces what has the new name at one stroke: whoever opens it gets the old file or the new one, whole.
  virtual Result<void> rename_replace(const std::string& from, const std::string& to) = 0;
  // Makes a new file the equal of the one that it will replace: owner, group, mode, access list (ACL) and
  // other extended attributes. What only the privileged may set is left out for the others: the owner, and
  // attributes of security.* and trusted.*; anything else that cannot be copied is an error.
  virtual Result<void> copy_owner_and_mode(const std::string& from_path, const std::string& to_path) = 0;
  virtual Result<void> remove_file(const std::string& path) = 0;
  virtual Result<void> remove_directory(const std::string& path) = 0;
  // Waits for other nonvol processes that hold it; creates the lock file if need be.
  virtual Result<std::unique_ptr<Lock>> lock(const std::string& path) = 0;
  // Whether a QEMU, or a tool of it, has the image open under its image locks (block/file-posix.c: read locks
  // on the bytes from 100 and from 200 say which permissions are in use). Takes no lock itself.
  virtual Result<bool> image_in_use(const std::string& path) = 0;
};

// FileSystem::open_write that asks again, with short pauses, while the image is in use: kImageInUse after
// `wait_ms`.
Result<std::unique_ptr<BlockFile>> open_write_waiting(FileSystem& files, const std::string& path,
                                                      unsigned wait_ms);

}  // namespace nonvol::storage
