#pragma once

#include <memory>
#include <string>

#include "storage/file_system.h"

namespace nonvol::storage {

// The machine's own files.
std::unique_ptr<FileSystem> posix_file_system();

// Another root's files: every path, and every link met on the way, is taken as seen from inside `root`
// (openat2 with RESOLVE_IN_ROOT, Linux 5.6), so that an absolute link in a tree leads into the tree.
// Errors: kFileMissing, kPermission, kInputOutput.
Result<std::unique_ptr<FileSource>> posix_rooted_source(const std::string& root);

// The path by which this machine reaches a file of another root, with every link on the way followed inside
// that root.
Result<std::string> host_path_in_root(const std::string& root, const std::string& path);

// The Error that stands for an errno: kFileMissing, kPermission, kNoSpace, kAlreadyThere, else kInputOutput.
Error error_from_errno(int error_number, const std::string& what, const std::string& path);

// The path as the current directory completes it. Follows no links; a ".." is left standing, because what it
// leads to depends on them.
std::string absolute_path(const std::string& path);

}  // namespace nonvol::storage
