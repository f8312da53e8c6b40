#pragma once

#include <memory>
#include <string>

#include "storage/file_system.h"

namespace nonvol::storage {

// A file that is written in full beside the name it is to have, so that the name never leads to half of it.
// What was not published is removed again; a crash leaves a file named .NAME.XXXXXXXX.new.
class FileBeside {
 public:
  // Private to the owner. Errors: those of FileSystem::create_new.
  static Result<FileBeside> create(FileSystem& files, const std::string& path);
  FileBeside(FileBeside&& other) noexcept = default;
  FileBeside& operator=(FileBeside&&) = delete;
  ~FileBeside();

  // Once; the file may be given away before it is published.
  std::unique_ptr<BlockFile> take_file() { return std::move(file_); }
  const std::string& temporary_path() const { return *temporary_; }

  enum class Replace { kNever, kWhatIsThere };
  // The caller has flushed the contents. Durable when it returns. Errors: kAlreadyThere, and those of
  // renaming.
  Result<void> publish(Replace replace);

 private:
  FileBeside(FileSystem& files, std::string path, std::string temporary, std::unique_ptr<BlockFile> file)
      : files_(&files),
        path_(std::move(path)),
        temporary_(std::make_unique<std::string>(std::move(temporary))),
        file_(std::move(file)) {}

  FileSystem* files_;
  std::string path_;
  std::unique_ptr<std::string> temporary_;  // null: published, or moved from
  std::unique_ptr<BlockFile> file_;
};

// The directory that a path's last name is in.
std::string directory_of(const std::string& path);

// The path with every link followed, where the file exists: replacing a link would leave the file it leads
// to. Errors: kFileMissing, kPermission, kInputOutput.
Result<std::string> real_path(const std::string& path);

// A new file that holds exactly these bytes, flushed, private to the owner; none where that fails. Errors:
// kAlreadyThere, and those of writing.
Result<void> write_new_file(FileSystem& files, const std::string& path, octets::Bytes bytes);

// Makes a file hold exactly these bytes, private to the owner; the old one is there until the new one is
// whole. Errors: kAlreadyThere for what is no regular file, and those of writing.
Result<void> write_whole_file(FileSystem& files, const std::string& path, octets::Bytes bytes);

// The same, with owner and mode of the file that was there, and following no link: where a stranger may make
// names, one could lead anywhere. Errors: as above.
Result<void> replace_whole_file(FileSystem& files, const std::string& path, octets::Bytes bytes);

}  // namespace nonvol::storage
