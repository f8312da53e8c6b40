#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "guest/masters.h"
#include "guest/record.h"
#include "storage/file_system.h"

namespace nonvol::guest {

// A firmware file that was chosen, not looked at yet.
struct FirmwareChoice {
  std::string path;    // absolute
  std::string format;  // "raw" or "qcow2"
};

// How a guest gets variables of its own from a template.
enum class StoreKind {
  kCopy,
  kOverlay,  // a qcow2 image of some KiB, which holds what differs from a master that guests share
};

// A TPM of the guest's own. Its image is asked for, once, when nothing else stands in the way, and copied.
struct TpmChoice {
  std::string version;  // "1.2" or "2.0"
  std::function<Result<std::unique_ptr<storage::BlockFile>>()> make_image;
};

struct CreateRequest {
  std::string name;
  std::string created;  // now: RFC 3339, UTC
  std::string nonvol_version;
  std::string architecture;
  std::string machine;
  std::string interface = "uefi";
  descriptor::Device device = descriptor::Device::kFlash;
  descriptor::FlashMode mode = descriptor::FlashMode::kSplit;  // of flash
  std::string descriptor;                                      // absolute path
  std::vector<std::string> features;
  FirmwareChoice executable;
  std::optional<FirmwareChoice> nvram_template;  // of flash in split mode; of memory, "json" or none
  StoreKind store = StoreKind::kCopy;
  std::optional<TpmChoice> tpm = std::nullopt;
};

// Whether the guest is what the request would make, so that creating it again is nothing to do. What a
// package update changes inside of the files makes no difference.
bool same_request(const Record& record, const CreateRequest& request);

struct Created {
  Record record;
  std::string directory;
  std::string nvram_path;      // empty where there is none
  std::string tpm_image_path;  // the same
};

// What firmware a guest shall boot from now on.
struct UpgradeRequest {
  Record before;           // as it was loaded
  std::string descriptor;  // absolute path
  std::vector<std::string> features;
  FirmwareChoice executable;
  // Combined mode: this much at the front of the guest's image are its variables, which stay; the rest is
  // code.
  std::uint64_t variables_bytes = 0;
};

struct Upgraded {
  Record record;
  bool image_changes = false;  // the guest's own copy of the code
  bool record_changes = false;
};

enum class NvramFate {
  kDelete,         // not a TPM's image: what is sealed to it would be lost
  kDeleteWithTpm,  // that, too
  kKeep,
};

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
  // Empty where the guest has none.
  std::string nvram_path(const Record& record) const;
  // What the guest's overlay lies over; empty where it is none.
  std::string master_path(const Record& record) const;
  // The NVRAM image of the guest's TPM; empty where it has none.
  std::string tpm_image_path(const Record& record) const;
  // Where the guest's TPM is listened to while it runs, if nobody says another place.
  std::string tpm_socket_path(const std::string& name) const;

  // The directory itself, durable, where it is missing.
  Result<void> make_home();

  // By name; a missing home has no guests. What nonvol did not make is passed over.
  Result<std::vector<Entry>> list();

  // Errors: kBadGuestName, kNoSuchGuest, kRecordDamaged, kNvramMissing and kTpmImageMissing where the store
  // or the image is a link, and those of files.
  Result<Record> load(const std::string& name);

  // Makes the home too where it is missing. When it returns, the guest outlives a power cut; after an error
  // there is no guest. A dry run reads and refuses the same and writes nothing. Errors: kBadGuestName,
  // kStoreFormExcluded, kNotRepresentable, kGuestExists, kStoreLeftBehind, kAlreadyThere,
  // kFirmwareFileMissing, kNotAVariableStore for an empty template, kMasterChanged, and those of files and of
  // making the TPM's image.
  Result<Created> create(const CreateRequest& request, bool dry_run);

  // Works on kept stores and on guests with a damaged record too. Errors: kBadGuestName, kNoSuchGuest,
  // kGuestRunning (its TPM too), kTpmSecretsAtStake, kForeignFiles, kNvramMissing when there is nothing to
  // keep, and those of files. A master goes with the last overlay that needs it.
  Result<Deleted> remove(const std::string& name, NvramFate fate, bool dry_run);

  // Puts new code around the variables of a guest in combined mode, then records the firmware. Whenever the
  // power fails the guest has the old image or the new one, whole, with the same variables, and the same
  // request again finishes what was interrupted. Other guests share their code: of them only the record
  // changes. Errors: kNoSuchGuest, kRecordDamaged, kGuestChangedMeanwhile,
  // kImageInUse, kUpgradeLayout where the sizes are others, kFirmwareFileMissing, and those of files.
  Result<Upgraded> upgrade(const UpgradeRequest& request, bool dry_run);

  // Whether what the guest's overlay lies over is what it was; nothing to check for others. Reads all of it.
  // Error: kMasterChanged.
  Result<void> check_master(const Record& record);

  // What is wrong with the files the record names. `firmware_files` reads the firmware; digests cost the
  // reading of it.
  std::vector<Finding> check_firmware(storage::FileSource& firmware_files, const Record& record,
                                      bool with_digest);

 private:
  enum class Presence { kAbsent, kRecord, kStore, kTpmImage, kForeign };  // of what is kept, the first
  // What a guest's files are copied from; null where it has none.
  struct Sources {
    storage::BlockFile* nvram;
    storage::BlockFile* tpm_image;
  };

  Result<Presence> presence(const std::string& name);
  std::string lock_path() const { return path_ + "/.lock"; }
  Result<std::unique_ptr<storage::Lock>> lock();
  // With the lock held, what has a temporary name belongs to nobody.
  Result<void> remove_leftovers();

  Result<void> refuse_taken(const std::string& name, bool dry_run);
  Result<void> make_guest(const Sources& sources, Record& record);
  Result<void> fill(const std::string& temporary, const Sources& sources, Record& record);
  Result<void> fill_store(const std::string& path, storage::BlockFile& source, Record& record);

  Result<std::vector<std::string>> known_files(const std::string& name);
  Result<void> refuse_losing_tpm(const std::string& name);
  Result<void> refuse_running(const std::string& name, const std::string& in_directory);
  Result<Deleted> keep_store(const std::string& name, bool dry_run);
  Result<Deleted> remove_all(const std::string& name, bool dry_run);
  Result<Upgraded> plan_upgrade(const UpgradeRequest& request, storage::BlockFile& executable);
  Result<void> replace_record(const Record& record);

  storage::FileSystem& files_;
  std::string path_;
  Masters masters_;
};

}  // namespace nonvol::guest
