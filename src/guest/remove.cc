#include <fmt/format.h>

#include <algorithm>

#include "guest/folder.h"
#include "guest/home.h"
#include "guest/name.h"
#include "octets/text.h"

namespace nonvol::guest {

Result<Deleted> Home::remove(const std::string& name, NvramFate fate, bool dry_run) {
  if (Result<void> checked = check_guest_name(name); !checked) return checked.error();
  const Error absent = Error(ErrorId::kNoSuchGuest, fmt::format("there is no guest {} in {}", name, path_))
                           .with_hint("nonvol");
  const Result<storage::FileStatus> home = files_.status(path_);
  if (!home) return home.error().id == ErrorId::kFileMissing ? absent : home.error();

  std::unique_ptr<storage::Lock> held;
  if (!dry_run) {
    Result<std::unique_ptr<storage::Lock>> locked = lock();
    if (!locked) return locked.error();
    held = std::move(*locked);
    if (Result<void> removed = remove_leftovers(); !removed) return removed.error();
  }
  const Result<Presence> found = presence(name);
  if (!found) return found.error();
  if (*found == Presence::kAbsent || *found == Presence::kForeign) return absent;
  if (Result<void> idle = refuse_running(name, directory(name)); !idle) return idle.error();
  if (fate == NvramFate::kKeep) return keep_store(name, dry_run);
  if (fate == NvramFate::kDelete) {
    if (Result<void> none = refuse_losing_tpm(name); !none) return none.error();
  }
  return remove_all(name, dry_run);
}

// Looks for the file, because a damaged record, or none, does not make its secrets worthless.
Result<void> Home::refuse_losing_tpm(const std::string& name) {
  std::vector<std::string> paths{directory(name) + "/" + tpm_image_name(name)};
  const Result<Record> record = load(name);
  if (record && record->tpm) paths.push_back(tpm_image_path(*record));
  for (const std::string& path : paths) {
    const Result<storage::FileStatus> status = files_.status(path);
    if (!status && status.error().id == ErrorId::kFileMissing) continue;
    if (!status) return status.error();
    return Error(ErrorId::kTpmSecretsAtStake,
                 fmt::format("{} holds the TPM of guest {}, and what is sealed to it would be lost", path,
                             name))
        .at(Place::in_file(path))
        .with_hint(record ? fmt::format("nonvol delete {} --keep-nvram", name)
                          : "nonvol tpm show " + octets::shell_path(path));
  }
  return {};
}

// The names of the guest's files; kForeignFiles if there is anything that nonvol did not make.
Result<std::vector<std::string>> Home::known_files(const std::string& name) {
  const Result<std::vector<storage::DirectoryEntry>> entries = entries_of(files_, directory(name));
  if (!entries) return entries.error();
  const Result<Record> record = load(name);
  std::vector<std::string> stores = store_names(name);
  stores.push_back(tpm_image_name(name));
  if (record && record->nvram) stores.push_back(record->nvram->file);
  if (record && record->tpm) stores.push_back(record->tpm->file);
  const auto is_store = [&](const std::string& file) {
    return std::ranges::find(stores, file) != stores.end();
  };
  const auto is_beside = [&](const std::string& file) {
    return is_beside_store(file, kRecordFileName) ||
           std::ranges::any_of(stores, [&](const std::string& store) {
             return is_beside_store(file, store) || is_damaged_copy(file, store);
           });
  };
  std::vector<std::string> names;
  for (const storage::DirectoryEntry& entry : *entries) {
    const bool known = entry.name == kRecordFileName || entry.name == kTpmSocketName ||
                       is_store(entry.name) || is_beside(entry.name);
    if (!known || !is_kind_of_guest(entry)) {
      return Error(ErrorId::kForeignFiles,
                   fmt::format("{} holds '{}', which is {}", directory(name), entry.name,
                               known ? "no plain file" : "not of the guest"))
          .at(Place::in_file(directory(name) + "/" + entry.name));
    }
    names.push_back(entry.name);
  }
  return names;
}

// Every file is asked, because a damaged record does not say which one is the store.
Result<void> Home::refuse_running(const std::string& name, const std::string& in_directory) {
  const Result<std::vector<storage::DirectoryEntry>> entries = entries_of(files_, in_directory);
  if (!entries) return entries.error();
  for (const storage::DirectoryEntry& entry : *entries) {
    if (entry.kind != storage::FileKind::kRegular || entry.name == kRecordFileName) continue;
    const std::string path = in_directory + "/" + entry.name;
    const Result<bool> in_use = files_.image_in_use(path);
    if (!in_use) return in_use.error();
    if (*in_use) {
      const bool is_tpm = entry.name == tpm_image_name(name);
      return Error(ErrorId::kGuestRunning, fmt::format("{}guest {} is running: {} is in use",
                                                       is_tpm ? "the TPM of " : "", name, path))
          .at(Place::in_file(path));
    }
  }
  return {};
}

Result<Deleted> Home::keep_store(const std::string& name, bool dry_run) {
  const Result<std::vector<storage::DirectoryEntry>> entries = entries_of(files_, directory(name));
  if (!entries) return entries.error();
  Deleted deleted;
  for (const storage::DirectoryEntry& entry : *entries) {
    const std::string path = directory(name) + "/" + entry.name;
    if (entry.name == kRecordFileName) deleted.removed.push_back(path);
    std::vector<std::string> stores = store_names(name);
    stores.push_back(tpm_image_name(name));
    if (std::ranges::find(stores, entry.name) != stores.end()) deleted.kept.push_back(path);
  }
  if (deleted.kept.empty()) {
    return Error(
               ErrorId::kNvramMissing,
               fmt::format("guest {} has no variable store in {} that could be kept", name, directory(name)))
        .at(Place::in_file(directory(name)))
        .with_hint(fmt::format("nonvol delete {} --nvram", name));
  }
  if (const Result<Record> record = load(name); record && !master_path(*record).empty()) {
    deleted.kept.push_back(master_path(*record));
  }
  if (dry_run) return deleted;
  for (const std::string& path : deleted.removed) {
    if (Result<void> removed = files_.remove_file(path); !removed) return removed.error();
  }
  // Also when the record was gone already: the command that removed it may have been killed before this. And
  // the name: so may the one that made it.
  for (const std::string& path : {directory(name), path_}) {
    if (Result<void> synced = files_.sync_directory(path); !synced) return synced.error();
  }
  return deleted;
}

Result<Deleted> Home::remove_all(const std::string& name, bool dry_run) {
  const Result<std::vector<std::string>> names = known_files(name);
  if (!names) return names.error();
  Deleted deleted;
  for (const std::string& file : *names) deleted.removed.push_back(directory(name) + "/" + file);
  if (dry_run) return deleted;

  const std::string temporary = path_ + "/" + deleting_name(name);
  if (Result<void> renamed = files_.rename_new(directory(name), temporary); !renamed) return renamed.error();
  Result<void> gone = files_.sync_directory(path_);
  // A QEMU may have opened the store since it was asked for; from now on none can.
  if (gone) gone = refuse_running(name, temporary);
  if (!gone) {
    if (!files_.rename_new(temporary, directory(name)) || !files_.sync_directory(path_)) {
      gone.error().notes.push_back("the guest's directory may now be " + temporary);
    }
    return gone.error();
  }
  // The masters first: the temporary name is what tells the next command that some may not be needed.
  const bool has_overlay = std::ranges::any_of(
      *names, [](const std::string& file) { return file.find(".qcow2") != std::string::npos; });
  Result<void> removed = has_overlay ? masters_.remove_unused() : Result<void>();
  if (removed) removed = remove_with_files(files_, temporary);
  if (removed) removed = files_.sync_directory(path_);
  if (!removed) {
    removed.error().notes.push_back(fmt::format(
        "guest {} is deleted; what is left in {} goes with the next create or delete", name, temporary));
    return removed.error();
  }
  return deleted;
}

}  // namespace nonvol::guest
