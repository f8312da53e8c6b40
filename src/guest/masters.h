#pragma once

#include <string>

#include "guest/record.h"
#include "storage/file_system.h"

namespace nonvol::guest {

// The read-only files under the overlays of a home, one for each content, named by its digest:
// <home>/.masters/SHA256.fd. They are copies, because a package update replaces the distribution's file, and
// an overlay over other bytes than it was made for is destroyed. Whoever adds or removes has the home's lock.
// One thread.
class Masters {
 public:
  Masters(storage::FileSystem& files, const std::string& home);

  std::string path_of(const seal::Sha256Digest& sha256) const;

  // Copies `source`, which has that digest, durably. A guest's directory with a temporary name must be in the
  // home: it is what tells the next command, after a crash, to look for masters that nobody needs. Nothing to
  // do where it is there. Errors: kMasterChanged where what is there is something else, kInputOutput where
  // the source changes meanwhile, and those of files.
  Result<void> add(storage::BlockFile& source, const std::string& source_path, const Master& master);

  // Errors: kMasterChanged where it is not there, or has other contents; those of files.
  Result<void> check(const Master& master, bool with_digest);

  // Whether the overlay, if it is there, lies over this master and nothing else: QEMU opens what its header
  // names. One that was made whole since needs none. Errors: kMasterChanged;
  // kFlashSize where it shows another size than the master's.
  Result<void> check_overlay(const Master& master, const std::string& path);

  // Removes, durably, what no overlay in the home needs, and what is half copied. An overlay says so itself
  // (a kept one has no record any more), and so does a record. Where one cannot be read, or QEMU has a master
  // open, nothing is removed.
  Result<void> remove_unused();

 private:
  Result<void> copy(storage::BlockFile& source, const std::string& source_path, const Master& master);
  Result<bool> is_needed(const std::string& file_name);

  storage::FileSystem& files_;
  std::string home_;
  std::string directory_;
};

}  // namespace nonvol::guest
