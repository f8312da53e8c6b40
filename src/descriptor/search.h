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
  std::string name;
  std::string path;
  FileState state = FileState::kUsable;
  std::string overridden_by;  // path
  std::optional<Descriptor> descriptor;
  std::optional<Error> error;
};

struct DescriptorSet {
  std::vector<std::string> directories;  // those that exist, least specific first
  // In the byte order of the names, whatever the directory; of one name the file that counts comes first.
  std::vector<DescriptorFile> files;
  std::vector<Finding> findings;
};

// Reads every descriptor that counts, each file opened once and at most one mebibyte of it. A directory that
// does not exist is left out. Nothing in the directories is an error: one bad file becomes a finding and
// never stops the others. A bad file still takes its name: what it was put there to replace does not come
// back. Only names that end in ".json" are read; others become findings.
DescriptorSet load_descriptors(storage::FileSource& files, const std::vector<std::string>& search_path);

}  // namespace nonvol::descriptor
