#include "storage/file_beside.h"

#include <fmt/format.h>

#include <array>

#include "octets/text.h"
#include "seal/random.h"
#include "storage/posix.h"

namespace nonvol::storage {
namespace {

Error no_regular_file(const std::string& path) {
  return Error(ErrorId::kAlreadyThere, fmt::format("{} exists and is no regular file", path))
      .at(Place::in_file(path));
}

// `like` (nullptr: none) is the file whose owner and mode the new one gets, before it holds anything.
Result<void> write_beside(FileSystem& files, const std::string& path, octets::Bytes bytes,
                          const std::string* like) {
  Result<FileBeside> beside = FileBeside::create(files, path);
  if (!beside) return beside.error();
  const std::unique_ptr<BlockFile> file = beside->take_file();
  if (like != nullptr) {
    Result<void> copied = files.copy_owner_and_mode(*like, beside->temporary_path());
    if (!copied) return copied;
  }
  if (Result<void> written = file->write_at(0, bytes); !written) return written;
  if (Result<void> flushed = file->flush(); !flushed) return flushed;
  return beside->publish(FileBeside::Replace::kWhatIsThere);
}

}  // namespace

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<std::string> real_path(const std::string& path) {
  return host_path_in_root("/", absolute_path(path));
}

Result<FileBeside> FileBeside::create(FileSystem& files, const std::string& path) {
  // The message about a directory that is missing should not name a file that nobody asked for.
  if (auto status = files.status(directory_of(path)); !status) return status.error();
  std::array<std::uint8_t, 4> random;
  if (Result<void> drawn = seal::random_bytes(random); !drawn) return drawn.error();
  const std::string name = path.substr(path.rfind('/') + 1);
  std::string temporary = fmt::format("{}/.{}.{}.new", directory_of(path), name, octets::to_hex(random));
  Result<std::unique_ptr<BlockFile>> file = files.create_new(temporary);
  if (!file) return file.error();
  return FileBeside(files, path, std::move(temporary), *std::move(file));
}

FileBeside::~FileBeside() {
  if (temporary_) (void)files_->remove_file(*temporary_);
}

Result<void> FileBeside::publish(Replace replace) {
  Result<void> renamed = replace == Replace::kNever ? files_->rename_new(*temporary_, path_)
                                                    : files_->rename_replace(*temporary_, path_);
  if (!renamed) return renamed;
  temporary_.reset();
  return files_->sync_directory(directory_of(path_));
}

Result<void> write_new_file(FileSystem& files, const std::string& path, octets::Bytes bytes) {
  auto file = files.create_new(path);
  if (!file) return file.error();
  Result<void> done = (*file)->write_at(0, bytes);
  if (done) done = (*file)->flush();
  // Half a file would be taken for the value, and would be in the way of the next try.
  if (!done) (void)files.remove_file(path);
  return done;
}

Result<void> write_whole_file(FileSystem& files, const std::string& path, octets::Bytes bytes) {
  std::string real = path;
  const Result<FileStatus> status = files.status(path);
  if (status && status->kind != FileKind::kRegular) return no_regular_file(path);
  if (status) {
    Result<std::string> followed = real_path(path);
    if (!followed) return followed.error();
    real = *std::move(followed);
  }
  return write_beside(files, real, bytes, nullptr);
}

Result<void> replace_whole_file(FileSystem& files, const std::string& path, octets::Bytes bytes) {
  const Result<FileStatus> status = files.status(path);
  if (files.read_link(path) || (status && status->kind != FileKind::kRegular)) return no_regular_file(path);
  if (!status && status.error().id != ErrorId::kFileMissing) return status.error();
  return write_beside(files, path, bytes, status ? &path : nullptr);
}

}  // namespace nonvol::storage
