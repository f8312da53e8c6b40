#pragma once

#include <memory>
#include <string>

#include "storage/file_system.h"
#include "varstore/change.h"
#include "varstore/undo.h"

namespace nonvol::varstore {

// A store that is open to be changed, and locked against QEMU and other nonvol processes as long as this
// lives.
struct OpenStore {
  std::unique_ptr<storage::BlockFile> file;
  std::string path;          // with every link followed; the target itself where it is no path
  bool replaceable = false;  // a regular file of its own, neither a device nor inside an image
};
// `rehearsal`: nothing will be written. Errors: kImageInUse (a running guest has it), kFileMissing,
// kPermission, and those of storage::open_medium.
Result<OpenStore> open_store(storage::FileSystem& files, const storage::Medium& medium,
                             bool rehearsal = false);

struct Committed {
  ChangePlan::Way way = ChangePlan::Way::kNothing;
  std::uint64_t written_bytes = 0;
  std::uint64_t flushes = 0;  // of the file and of directories
  // Empty: none was written; the store is no file of its own, or its directory not writable.
  std::string undo_path;
};

// kCannotReplace where the plan needs a new file and the store is no file of its own: for rehearsals.
Result<void> check_replaceable(const OpenStore& store, const ChangePlan& plan);

// Carries out a plan, durable when it returns. In place: two flushes. By replacing: a new file with owner,
// mode, access list and extended attributes of the old one is written and flushed, renamed over it, and the
// directory flushed. The undo record is written just before, and not flushed; where that fails, a change in
// place is made without one. After an error the store is old or, where only the last flush failed, new.
// Errors: those of check_replaceable and of storage.
Result<Committed> commit(storage::FileSystem& files, OpenStore& store, const ChangePlan& plan,
                         UndoRecord what);

}  // namespace nonvol::varstore
