#include "guest/home.h"

#include <fmt/format.h>

#include <algorithm>

#include "guest/folder.h"
#include "guest/name.h"

namespace nonvol::guest {
namespace {

constexpr std::uint64_t kMaxRecordBytes = std::uint64_t{1} << 20;

std::string without_end_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Error no_such_guest(const std::string& message) {
  return Error(ErrorId::kNoSuchGuest, message).with_hint("nonvol");
}

}  // namespace

Home::Home(storage::FileSystem& files, std::string path)
    : files_(files), path_(without_end_slashes(std::move(path))), masters_(files, path_) {}

std::string Home::nvram_path(const Record& record) const {
  return record.nvram ? directory(record.name) + "/" + record.nvram->file : std::string();
}

std::string Home::master_path(const Record& record) const {
  const bool is_overlay = record.nvram && record.nvram->master;
  return is_overlay ? masters_.path_of(record.nvram->master->sha256) : std::string();
}

std::string Home::tpm_image_path(const Record& record) const {
  return record.tpm ? directory(record.name) + "/" + record.tpm->file : std::string();
}

std::string Home::tpm_socket_path(const std::string& name) const {
  return directory(name) + "/" + kTpmSocketName;
}

Result<void> Home::check_master(const Record& record) {
  if (!record.nvram || !record.nvram->master) return {};
  if (Result<void> checked = masters_.check(*record.nvram->master, true); !checked) return checked;
  return masters_.check_overlay(*record.nvram->master, nvram_path(record));
}

Result<Home::Presence> Home::presence(const std::string& name) {
  const std::string path = directory(name);
  // Behind a link are files that somebody else placed.
  if (files_.read_link(path)) return Presence::kForeign;
  const auto exists = [&](const std::string& file) -> Result<bool> {
    const Result<storage::FileStatus> status = files_.status(file);
    if (!status && status.error().id != ErrorId::kFileMissing) return status.error();
    return status.has_value();
  };
  const Result<bool> taken = exists(path);
  if (!taken) return taken.error();
  if (!*taken) return Presence::kAbsent;
  const Result<bool> record = exists(path + "/" + kRecordFileName);
  if (!record) return record.error();
  if (*record) return Presence::kRecord;
  for (const std::string& file : store_names(name)) {
    const Result<bool> store = exists(path + "/" + file);
    if (!store) return store.error();
    if (*store) return Presence::kStore;
  }
  const Result<bool> tpm_image = exists(path + "/" + tpm_image_name(name));
  if (!tpm_image) return tpm_image.error();
  return *tpm_image ? Presence::kTpmImage : Presence::kForeign;
}

Result<std::unique_ptr<storage::Lock>> Home::lock() {
  return files_.lock(lock_path());
}

Result<std::vector<Entry>> Home::list() {
  std::vector<Entry> result;
  const Result<std::vector<storage::DirectoryEntry>> entries = entries_of(files_, path_);
  if (!entries) {
    if (entries.error().id == ErrorId::kFileMissing) return result;
    return entries.error();
  }
  for (const storage::DirectoryEntry& entry : *entries) {
    if (entry.kind != storage::FileKind::kDirectory) continue;
    if (is_unfinished_name(entry.name)) {
      result.push_back({entry.name, EntryState::kUnfinished, std::nullopt, std::nullopt});
    }
    if (!check_guest_name(entry.name)) continue;
    const Result<Presence> found = presence(entry.name);
    if (!found) {
      result.push_back({entry.name, EntryState::kDamaged, std::nullopt, found.error()});
    } else if (*found == Presence::kStore || *found == Presence::kTpmImage) {
      result.push_back({entry.name, EntryState::kKeptStore, std::nullopt, std::nullopt});
    } else if (*found == Presence::kRecord) {
      const Result<Record> record = load(entry.name);
      if (record) {
        result.push_back({entry.name, EntryState::kGuest, *record, std::nullopt});
      } else {
        result.push_back({entry.name, EntryState::kDamaged, std::nullopt, record.error()});
      }
    }
  }
  return result;
}

Result<Record> Home::load(const std::string& name) {
  if (Result<void> checked = check_guest_name(name); !checked) return checked.error();
  const Result<Presence> found = presence(name);
  if (!found) return found.error();
  switch (*found) {
    case Presence::kAbsent:
      return no_such_guest(fmt::format("there is no guest {} in {}", name, path_));
    case Presence::kStore:
    case Presence::kTpmImage:
      return no_such_guest(fmt::format("there is no guest {} in {}; its {} was kept", name, path_,
                                       *found == Presence::kStore ? "variable store" : "TPM's image"))
          .at(Place::in_file(directory(name)));
    case Presence::kForeign:
      return no_such_guest(fmt::format("{} has neither a record nor a variable store", directory(name)))
          .at(Place::in_file(directory(name)));
    case Presence::kRecord:
      break;
  }
  const std::string path = directory(name) + "/" + kRecordFileName;
  // A link leads out of the guest, or into another's store.
  if (files_.read_link(path)) {
    return Error(ErrorId::kRecordDamaged, path + " is a symbolic link, and a record must be a file")
        .at(Place::in_file(path));
  }
  Result<std::unique_ptr<storage::Directory>> opened = files_.open_directory(directory(name));
  if (!opened) return opened.error();
  storage::TextBuffer buffer;
  if (Result<void> read = (*opened)->read(kRecordFileName, kMaxRecordBytes, buffer); !read)
    return read.error();
  if (buffer.size_bytes > kMaxRecordBytes) {
    return Error(ErrorId::kRecordDamaged, fmt::format("{} has more than {} bytes", path, kMaxRecordBytes))
        .at(Place::in_file(path));
  }
  Result<Record> record = parse_record(buffer.text(), path);
  // The record's name leads to the store, so that another name would lead to another guest's.
  if (record && record->name != name) {
    return Error(ErrorId::kRecordDamaged,
                 fmt::format("{} is the record of '{}', not of '{}'", path, record->name, name))
        .at(Place::at_pointer(path, "/name"));
  }
  if (record && record->nvram && files_.read_link(nvram_path(*record))) {
    return Error(ErrorId::kNvramMissing,
                 fmt::format("the variable store {} is a symbolic link, and must be a file",
                             nvram_path(*record)))
        .at(Place::in_file(nvram_path(*record)));
  }
  if (record && record->tpm && files_.read_link(tpm_image_path(*record))) {
    return Error(ErrorId::kTpmImageMissing,
                 fmt::format("the TPM's image {} is a symbolic link, and must be a file",
                             tpm_image_path(*record)))
        .at(Place::in_file(tpm_image_path(*record)));
  }
  return record;
}

Result<void> Home::remove_leftovers() {
  const Result<std::vector<storage::DirectoryEntry>> entries = entries_of(files_, path_);
  if (!entries) return entries.error();
  const bool any = std::ranges::any_of(*entries, [](const storage::DirectoryEntry& entry) {
    return entry.kind == storage::FileKind::kDirectory && is_unfinished_name(entry.name);
  });
  if (!any) return {};
  // A power cut may still undo the rename that gave a temporary name: the guest may not come back without its
  // files, nor without its master.
  if (Result<void> synced = files_.sync_directory(path_); !synced) return synced;
  // The temporary names are what says that there may be masters nobody needs, and go last.
  if (Result<void> removed = masters_.remove_unused(); !removed) return removed;
  for (const storage::DirectoryEntry& entry : *entries) {
    if (entry.kind != storage::FileKind::kDirectory || !is_unfinished_name(entry.name)) continue;
    const Result<void> removed = remove_with_files(files_, path_ + "/" + entry.name);
    if (!removed && removed.error().id != ErrorId::kForeignFiles) return removed;
  }
  return {};
}

}  // namespace nonvol::guest
