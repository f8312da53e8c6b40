#include "guest/masters.h"

#include <fmt/format.h>

#include <algorithm>

#include "guest/folder.h"
#include "guest/transfer.h"
#include "octets/text.h"
#include "storage/qcow2.h"

namespace nonvol::guest {
namespace {

constexpr std::string_view kDirectory = ".masters";
constexpr std::string_view kHalfCopied = ".creating";
constexpr std::uint64_t kMaxRecordBytes = std::uint64_t{1} << 20;

std::string_view last_component(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

Error changed(const std::string& path, const std::string& how) {
  return Error(ErrorId::kMasterChanged, fmt::format("the master {} {}", path, how)).at(Place::in_file(path));
}

// "SHA256.fd", and nothing that somebody else put there.
bool is_master_name(std::string_view name) {
  constexpr std::string_view kEnd = ".fd";
  if (!name.ends_with(kEnd)) return false;
  const auto digest = octets::from_hex(name.substr(0, name.size() - kEnd.size()));
  return digest && digest->size() == seal::Sha256Digest{}.size();
}

// Only files of this name are ever made as overlays; what changes them puts more around the name.
bool may_be_overlay(std::string_view file_name) {
  return file_name.find(".qcow2") != std::string_view::npos;
}

// Nothing for what is no qcow2 image.
Result<std::optional<storage::Qcow2Front>> front_of(storage::FileSource& files, const std::string& path) {
  const Result<std::unique_ptr<storage::BlockFile>> file = files.open_read(path);
  if (!file) return file.error();
  std::vector<std::uint8_t> bytes(storage::kQcow2FrontBytes);
  const Result<std::size_t> got = (*file)->read_at(0, bytes);
  if (!got) return got.error();
  return storage::qcow2_front(octets::Bytes(bytes).first(*got));
}

// The master that a record names; a damaged one names none, and needs none that its overlay does not name.
Result<std::optional<std::string>> named_by_record(storage::FileSource& files, const std::string& directory) {
  const Result<std::unique_ptr<storage::Directory>> opened = files.open_directory(directory);
  if (!opened) return opened.error();
  storage::TextBuffer buffer;
  const Result<void> read = (*opened)->read(kRecordFileName, kMaxRecordBytes, buffer);
  if (!read) return read.error();
  const Result<Record> record = parse_record(buffer.text(), directory);
  if (!record || !record->nvram || !record->nvram->master) return std::optional<std::string>();
  return std::optional(std::string(last_component(master_file(record->nvram->master->sha256))));
}

// The names of the masters that one guest's directory needs.
Result<std::vector<std::string>> needed_in(storage::FileSystem& files, const std::string& directory) {
  const Result<std::vector<storage::DirectoryEntry>> entries = entries_of(files, directory);
  if (!entries) return entries.error();
  std::vector<std::string> names;
  for (const storage::DirectoryEntry& entry : *entries) {
    if (entry.kind != storage::FileKind::kRegular) continue;
    if (entry.name == kRecordFileName) {
      Result<std::optional<std::string>> name = named_by_record(files, directory);
      if (!name) return name.error();
      if (*name) names.push_back(**std::move(name));
    } else if (may_be_overlay(entry.name)) {
      const Result<std::optional<storage::Qcow2Front>> front = front_of(files, directory + "/" + entry.name);
      if (!front) return front.error();
      if (*front && (*front)->has_backing) names.emplace_back(last_component((*front)->backing_name));
    }
  }
  return names;
}

}  // namespace

Masters::Masters(storage::FileSystem& files, const std::string& home)
    : files_(files), home_(home), directory_(fmt::format("{}/{}", home, kDirectory)) {}

std::string Masters::path_of(const seal::Sha256Digest& sha256) const {
  return fmt::format("{}/{}", directory_, last_component(master_file(sha256)));
}

Result<void> Masters::check(const Master& master, bool with_digest) {
  const std::string path = path_of(master.sha256);
  const Result<storage::FileStatus> status = files_.status(path);
  if (!status && status.error().id == ErrorId::kFileMissing) return changed(path, "does not exist");
  if (!status) return status.error();
  if (status->kind != storage::FileKind::kRegular) return changed(path, "is no file");
  if (status->size_bytes != master.size_bytes) {
    return changed(path, fmt::format("has {} bytes, the overlay was made over {}", status->size_bytes,
                                     master.size_bytes));
  }
  if (!with_digest) return {};
  const Result<std::unique_ptr<storage::BlockFile>> file = files_.open_read(path);
  if (!file) return file.error();
  const Result<seal::Sha256Digest> digest = digest_file(**file, path);
  if (!digest) return digest.error();
  if (*digest == master.sha256) return {};
  return changed(path, fmt::format("has the digest {}, not the one in its name", octets::to_hex(*digest)));
}

Result<void> Masters::check_overlay(const Master& master, const std::string& path) {
  const Result<std::optional<storage::Qcow2Front>> front = front_of(files_, path);
  if (!front) return front.error().id == ErrorId::kFileMissing ? Result<void>() : front.error();
  if (!front->has_value()) return {};  // what it is, whoever reads it will say
  if ((*front)->virtual_bytes != master.size_bytes) {
    return Error(ErrorId::kFlashSize, fmt::format("the overlay {} shows {} bytes, and its master has {}",
                                                  path, (*front)->virtual_bytes, master.size_bytes))
        .at(Place::at_byte(path, 24));
  }
  if (!(*front)->has_data_file &&
      (!(*front)->has_backing || (*front)->backing_name == master_file(master.sha256))) {
    return {};
  }
  return Error(ErrorId::kMasterChanged,
               fmt::format("the overlay {} lies over '{}', and its guest's master is {}", path,
                           (*front)->backing_name, path_of(master.sha256)))
      .at(Place::at_byte(path, 8));
}

Result<void> Masters::add(storage::BlockFile& source, const std::string& source_path, const Master& master) {
  const Result<storage::FileStatus> there = files_.status(path_of(master.sha256));
  // What is there is durable: the directory's name was before its first file was made, and the file's before
  // the temporary directory went that a command after a crash would have seen.
  if (there) return check(master, true);
  if (there.error().id != ErrorId::kFileMissing) return there.error();
  const Result<void> made = files_.make_directory(directory_);
  if (!made && made.error().id != ErrorId::kAlreadyThere) return made;
  // This makes the guest's temporary directory durable as well.
  if (Result<void> synced = files_.sync_directory(home_); !synced) return synced;
  return copy(source, source_path, master);
}

Result<void> Masters::copy(storage::BlockFile& source, const std::string& source_path, const Master& master) {
  const std::string path = path_of(master.sha256);
  const std::string temporary =
      fmt::format("{}/.{}{}", directory_, octets::to_hex(master.sha256), kHalfCopied);
  const Result<std::unique_ptr<storage::BlockFile>> file = files_.create_new_read_only(temporary);
  if (!file) return file.error();
  const Result<seal::Sha256Digest> digest = digest_file(source, source_path, file->get());
  if (!digest) return digest.error();
  if (*digest != master.sha256) {
    return Error(ErrorId::kInputOutput, fmt::format("{} changes while it is copied", source_path))
        .at(Place::in_file(source_path));
  }
  if (Result<void> flushed = (*file)->flush(); !flushed) return flushed;
  if (Result<void> renamed = files_.rename_new(temporary, path); !renamed) return renamed;
  return files_.sync_directory(directory_);
}

Result<bool> Masters::is_needed(const std::string& file_name) {
  const Result<std::vector<storage::DirectoryEntry>> entries = entries_of(files_, home_);
  if (!entries) return entries.error();
  for (const storage::DirectoryEntry& entry : *entries) {
    // Also those of names that no guest has: a kept store may have been moved there.
    if (entry.kind != storage::FileKind::kDirectory || is_unfinished_name(entry.name)) continue;
    const Result<std::vector<std::string>> names = needed_in(files_, home_ + "/" + entry.name);
    if (!names || std::ranges::find(*names, file_name) != names->end()) return true;
  }
  return files_.image_in_use(directory_ + "/" + file_name);
}

Result<void> Masters::remove_unused() {
  const Result<std::vector<storage::DirectoryEntry>> entries = entries_of(files_, directory_);
  if (!entries) {
    if (entries.error().id == ErrorId::kFileMissing) return {};
    return entries.error();
  }
  for (const storage::DirectoryEntry& entry : *entries) {
    if (entry.kind != storage::FileKind::kRegular) continue;
    const bool is_half = entry.name.starts_with('.') && entry.name.ends_with(kHalfCopied);
    if (!is_half && !is_master_name(entry.name)) continue;
    if (!is_half) {
      const Result<bool> needed = is_needed(entry.name);
      if (!needed) return needed.error();
      if (*needed) continue;
    }
    const Result<void> removed = files_.remove_file(directory_ + "/" + entry.name);
    if (!removed) return removed;
  }
  return files_.sync_directory(directory_);
}

}  // namespace nonvol::guest
