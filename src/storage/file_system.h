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
  // One level; kAlreadyThere if the name is taken.
  virtual Result<void> make_directory(const std::string& path) = 0;
  // Makes the names in a directory durable.
  virtual Result<void> sync_directory(const std::string& path) = 0;
  // Never replaces: kAlreadyThere if the new name is taken.
  virtual Result<void> rename_new(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove_file(const std::string& path) = 0;
  virtual Result<void> remove_directory(const std::string& path) = 0;
  // Waits for other nonvol processes that hold it; creates the lock file if need be.
  virtual Result<std::unique_ptr<Lock>> lock(const std::string& path) = 0;
  // Whether a QEMU, or a tool of it, has the image open under its image locks (block/file-posix.c: read locks
  // on the bytes from 100 and from 200 say which permissions are in use). Takes no lock itself.
  virtual Result<bool> image_in_use(const std::string& path) = 0;
};

}  // namespace nonvol::storage
