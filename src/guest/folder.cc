#include "guest/folder.h"

#include <fmt/format.h>

#include <algorithm>

#include "guest/name.h"

namespace nonvol::guest {
namespace {

constexpr std::string_view kCreating = ".creating";
constexpr std::string_view kDeleting = ".deleting";

}  // namespace

Result<std::vector<storage::DirectoryEntry>> entries_of(storage::FileSource& files,
                                                        const std::string& directory) {
  Result<std::unique_ptr<storage::Directory>> opened = files.open_directory(directory);
  if (!opened) return opened.error();
  Result<std::vector<storage::DirectoryEntry>> entries = (*opened)->entries();
  if (!entries) return entries;
  for (storage::DirectoryEntry& entry : *entries) {
    if (entry.kind != storage::FileKind::kUnknown) continue;
    const std::string path = directory + "/" + entry.name;
    if (files.read_link(path)) {
      entry.kind = storage::FileKind::kLink;
      continue;
    }
    const Result<storage::FileStatus> status = files.status(path);
    if (!status) return status.error();
    entry.kind = status->kind;
  }
  std::ranges::sort(*entries, {}, &storage::DirectoryEntry::name);
  return entries;
}

Result<void> remove_with_files(storage::FileSystem& files, const std::string& directory) {
  const Result<std::vector<storage::DirectoryEntry>> entries = entries_of(files, directory);
  if (!entries) return entries.error();
  for (const storage::DirectoryEntry& entry : *entries) {
    if (is_kind_of_guest(entry)) continue;
    return Error(ErrorId::kForeignFiles,
                 fmt::format("{} holds '{}', which is no plain file", directory, entry.name))
        .at(Place::in_file(directory + "/" + entry.name));
  }
  for (const storage::DirectoryEntry& entry : *entries) {
    if (Result<void> removed = files.remove_file(directory + "/" + entry.name); !removed) return removed;
  }
  return files.remove_directory(directory);
}

std::vector<std::string> store_names(const std::string& guest_name) {
  std::vector<std::string> names;
  for (const char* ending : {"_VARS.fd", "_VARS.qcow2", "_VARS.json", "_FLASH.fd", "_FLASH.qcow2"}) {
    names.push_back(guest_name + ending);
  }
  return names;
}

std::string tpm_image_name(const std::string& guest_name) {
  return guest_name + ".nvram";
}

bool is_kind_of_guest(const storage::DirectoryEntry& entry) {
  return entry.kind == storage::FileKind::kRegular ||
         (entry.kind == storage::FileKind::kOther && entry.name == kTpmSocketName);
}

bool is_beside_store(std::string_view file_name, std::string_view store_name) {
  return file_name.starts_with('.') && file_name.substr(1).starts_with(store_name) &&
         file_name.substr(1 + store_name.size()).starts_with('.') &&
         (file_name.ends_with(".undo") || file_name.ends_with(".new"));
}

bool is_damaged_copy(std::string_view file_name, std::string_view store_name) {
  constexpr std::string_view kSuffix = ".damaged";
  if (!file_name.starts_with(store_name)) return false;
  file_name.remove_prefix(store_name.size());
  if (!file_name.starts_with(kSuffix)) return false;
  file_name.remove_prefix(kSuffix.size());
  const bool is_numbered = file_name.size() > 1 && file_name[0] == '.' &&
                           file_name.find_first_not_of("0123456789", 1) == std::string_view::npos;
  return file_name.empty() || is_numbered;
}

std::string creating_name(const std::string& guest_name) {
  return fmt::format(".{}{}", guest_name, kCreating);
}

std::string deleting_name(const std::string& guest_name) {
  return fmt::format(".{}{}", guest_name, kDeleting);
}

bool is_unfinished_name(std::string_view name) {
  static_assert(kCreating.size() == kDeleting.size());
  if (!name.starts_with('.') || !(name.ends_with(kCreating) || name.ends_with(kDeleting))) return false;
  name.remove_prefix(1);
  return name.size() > kCreating.size() &&
         check_guest_name(name.substr(0, name.size() - kCreating.size())).has_value();
}

}  // namespace nonvol::guest
