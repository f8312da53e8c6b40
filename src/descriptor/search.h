#pragma once

#include <optional>
#include <string>
#include <vector>

#include "descriptor/descriptor.h"
#include "storage/file_source.h"

namespace nonvol::descriptor {

// The three directories of the specification, least specific first: packages, administrator, user
// ($XDG_CONFIG_HOME, default ~/.config). Without `with_user` the last is left out, as for another root.
std::vector<std::string> default_search_path(bool with_user);

// What became of one directory entry that could have been a descriptor.
enum class FileState {
  kUsable,
  kMasked,      // empty, or a link to /dev/null: hides its name altogether
  kOverridden,  // a more specific directory has the same name; not opened
  kBroken,      // takes its name but cannot be used; `error` says why
};
std::string_view to_string(FileState state);

struct DescriptorFile {
  std::string path;
  FileState state = FileState::kUsable;
  std::string overridden_by;  // path
  std::optional<Descriptor> descriptor;
  std::optional<Error> error;

  std::string_view name() const { return std::string_view(path).substr(path.rfind('/') + 1); }
};

// Walks the descriptor files of a search path in the order in which they are considered: the byte order of
// the names, whatever the directory; of one name the file that counts first. Each file is opened when its
// turn comes, once, and at most one mebibyte of it is read; overridden ones are not opened. A directory that
// does not exist is left out. Nothing in the directories is an error: one bad file becomes a finding and
// never stops the others. A bad file still takes its name: what it was put there to replace does not come
// back. Only names that end in ".json" are read; others become findings. One thread.
class DescriptorSearch {
 public:
  // Lists the directories. `files` must outlive this.
  DescriptorSearch(storage::FileSource& files, const std::vector<std::string>& search_path);

  // Only the one file, by the same rules; its name may end in anything. Errors: those of opening its
  // directory.
  static Result<DescriptorSearch> of_file(storage::FileSource& files, const std::string& path);

  // The next file; nothing at the end.
  std::optional<DescriptorFile> next();

  // Those directories that exist, least specific first.
  const std::vector<std::string>& directories() const { return names_; }
  // What was found so far.
  std::vector<Finding>& findings() { return findings_; }

 private:
  struct Entry {
    std::string name;
    std::size_t directory;  // index into directories_; higher is more specific
  };

  explicit DescriptorSearch(storage::FileSource& files) : files_(files) {}
  void collect(const std::string& path);
  void read(DescriptorFile& file, const Entry& entry);
  void read_nothing(DescriptorFile& file);
  void unreadable(DescriptorFile& file, const Error& error);
  void broken(DescriptorFile& file, Error error);

  storage::FileSource& files_;
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<storage::Directory>> directories_;
  std::vector<Entry> entries_;
  std::size_t at_ = 0;
  std::size_t counting_ = 0;  // the entry that counts of the name reached last
  storage::TextBuffer buffer_;
  DescriptorReader reader_;
  std::vector<Finding> findings_;
};

struct DescriptorSet {
  std::vector<std::string> directories;
  std::vector<DescriptorFile> files;  // in order
  std::vector<Finding> findings;
};

// All of a search path at once.
DescriptorSet load_descriptors(storage::FileSource& files, const std::vector<std::string>& search_path);

}  // namespace nonvol::descriptor
