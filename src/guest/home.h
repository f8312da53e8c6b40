#pragma once

#include <optional>
#include <string>
#include <vector>

#include "guest/record.h"
#include "storage/file_system.h"

namespace nonvol::guest {

// A firmware file that was chosen, not looked at yet.
struct FirmwareChoice {
  std::string path;    // absolute
  std::string format;  // "raw" or "qcow2"
};

struct CreateRequest {
  std::string name;
  std::string created;  // now: RFC 3339, UTC
  std::string nonvol_version;
  std::string architecture;
  std::string machine;
  std::string mode = "split";
  std::string descriptor;  // absolute path
  std::vector<std::string> features;
  FirmwareChoice executable;
  std::optional<FirmwareChoice> nvram_template;
};

// Whether the guest is what the request would make, so that creating it again is nothing to do. What a
// package update changes inside of the files makes no difference.
bool same_request(const Record& record, const CreateRequest& request);

struct Created {
  Record record;
  std::string directory;
  std::string nvram_path;
};

enum class NvramFate { kDelete, kKeep };

struct Deleted {
  std::vector<std::string> removed;  // paths of files
  std::vector<std::string> kept;
};

enum class EntryState { kGuest, kKeptStore, kDamaged, kUnfinished };

struct Entry {
  std::string name;  // of the directory, when unfinished
  EntryState state;
  std::optional<Record> record;  // kGuest
  std::optional<Error> error;    // kDamaged
};

// The directory in which guests live, each in a directory of its name. The name exists with everything in it
// or not at all, whenever the power fails; docs/formats/guest-record.md says how. Any number of processes may
// work on one home: those that change it wait for each other. The file system must outlive it. One thread.
class Home {
 public:
  Home(storage::FileSystem& files, std::string path);

  const std::string& path() const { return path_; }
  std::string directory(const std::string& name) const { return path_ + "/" + name; }
  std::string nvram_path(const Record& record) const;

  // By name; a missing home has no guests. What nonvol did not make is passed over.
  Result<std::vector<Entry>> list();

  // Errors: kBadGuestName, kNoSuchGuest, kRecordDamaged, and those of files.
  Result<Record> load(const std::string& name);

  // Makes the home too where it is missing. When it returns, the guest outlives a power cut; after an error
  // there is no guest. A dry run reads and refuses the same and writes nothing. Errors: kBadGuestName,
  // kModeNotYet, kNotRepresentable, kGuestExists, kStoreLeftBehind, kAlreadyThere, kFirmwareFileMissing,
  // kNotAVariableStore for an empty template, and those of files.
  Result<Created> create(const CreateRequest& request, bool dry_run);

  // Works on kept stores and on guests with a damaged record too. Errors: kBadGuestName, kNoSuchGuest,
  // kGuestRunning, kForeignFiles, kNvramMissing when there is no store to keep, and those of files.
  Result<Deleted> remove(const std::string& name, NvramFate fate, bool dry_run);

  // What is wrong with the files the record names. `firmware_files` reads the firmware; digests cost the
  // reading of it.
  std::vector<Finding> check_firmware(storage::FileSource& firmware_files, const Record& record,
                                      bool with_digest);

 private:
  enum class Presence { kAbsent, kRecord, kStore, kForeign };

  Result<Presence> presence(const std::string& name);
  std::string lock_path() const { return path_ + "/.lock"; }
  Result<std::unique_ptr<storage::Lock>> lock();
  // With the lock held, what has a temporary name belongs to nobody.
  Result<void> remove_leftovers();

  Result<void> refuse_taken(const std::string& name, bool dry_run);
  Result<void> make_home();
  Result<void> make_guest(storage::BlockFile& nvram_template, Record& record);
  Result<void> fill(const std::string& temporary, storage::BlockFile& nvram_template, Record& record);

  Result<std::vector<std::string>> known_files(const std::string& name);
  Result<void> refuse_running(const std::string& name, const std::string& in_directory);
  Result<Deleted> keep_store(const std::string& name, bool dry_run);
  Result<Deleted> remove_all(const std::string& name, bool dry_run);

  storage::FileSystem& files_;
  std::string path_;
};

}  // namespace nonvol::guest
