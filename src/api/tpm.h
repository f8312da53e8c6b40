#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/blob_image.h"
#include "serve/tpm_server.h"
#include "tpm/inventory.h"
#include "tpm/manufacture.h"
#include "tpm/memory_state.h"
#include "tpm/state.h"

// The commands about a TPM whose state is in an NVRAM image. An image is named by its path or URI, or by the
// guest that has it. Errors beyond those named: those of read_key and vnvram::open_file, and of a guest's
// record (kNoSuchGuest, kRecordDamaged); kNoTpmState for a guest without a TPM.
namespace nonvol::api {

// `where` with a guest's name replaced by the path of its image.
Result<BlobImage> tpm_image(const Context& context, BlobImage where);

// What an image for a TPM of this version is made of: an atomic entry for each of its states, and a plain one
// for counters.
std::vector<vnvram::EntryRequest> tpm_entries(tpm::TpmVersion version, bool encrypted);

// What a new TPM begins with.
struct TpmFirst {
  tpm::TpmVersion version = tpm::TpmVersion::k20;
  // Of TPM 2.0 only, as swtpm_setup makes them: endorsement keys that stay, a certificate for each, one for
  // the machine, and the PCR banks that are active (TPM_ALG_ID; none: SHA-256).
  std::vector<tpm::EkKind> endorsement_keys = {};
  bool ek_certificates = false;
  bool platform_certificate = false;
  std::vector<std::uint16_t> pcr_banks = {};
  std::string authority_directory = {};  // where the local authority is, or is made; empty: in the home
  std::string common_name = {};          // of the certificates' subject
  bool rehearsal = false;                // an authority that is missing is made in memory only
};

struct TpmFirstReport {
  tpm::Manufactured made;           // nothing of TPM 1.2
  std::string authority_directory;  // empty: no certificates
  bool authority_made = false;
};

// A new TPM's states, made in memory. Errors: kTpmProfile for what TPM 1.2 does not have, kContradiction
// (names without certificates), kBadCommandLine (a name with control characters), kTpmCommandRefused,
// kAuthorityDamaged, kLibraryMissing, and those of the authority's files.
Result<std::unique_ptr<tpm::MemoryState>> first_tpm_state(const Context& context, const TpmFirst& first,
                                                          TpmFirstReport& report);

// A whole NVRAM image in memory with a new TPM's first state in it.
Result<std::unique_ptr<storage::BlockFile>> new_tpm_image(const Context& context, const TpmFirst& first,
                                                          TpmFirstReport& report);

enum class TpmImageOutcome {
  kCreated,   // there was nothing of this name
  kFilled,    // an image without a TPM, or an empty file or device
  kReplaced,  // it held a TPM, whose secrets are lost
};

struct TpmCreateRequest {
  BlobImage image;
  std::optional<tpm::TpmVersion> version;  // not given: the guest's, or 2.0; first.version is not looked at
  TpmFirst first;                          // without a common name: the guest's
  bool lose_secrets = false;               // of a TPM that is there
  bool dry_run = false;
};
struct TpmCreateReport {
  std::string image;
  TpmImageOutcome outcome = TpmImageOutcome::kCreated;
  bool dry_run = false;
  tpm::TpmVersion version = tpm::TpmVersion::k20;
  bool encrypted = false;
  std::uint64_t state_bytes = 0;
  std::uint64_t generation = 0;
  TpmFirstReport first;
};
// Makes a TPM: the whole of it or, whenever the power fails, what was there before. With a key the entries of
// a new image are encrypted. Errors: kTpmOtherVersion (a guest's), kTpmStateThere, kNotEmpty, kEntryMissing,
// kEntryOtherKind, kTpmStateTooLarge, those of first_tpm_state and of format.
Result<TpmCreateReport> tpm_create(const Context& context, const TpmCreateRequest& request);

struct TpmImportRequest {
  BlobImage image;
  std::string source;                      // swtpm's directory, or its linear file
  std::optional<tpm::TpmVersion> version;  // of a directory with both; not given: the guest's
  std::string key_file;                    // swtpm's --key
  std::string passphrase_file;             // swtpm's --key pwdfile=
  // QEMU deletes it when the guest is switched on: only one that is suspended needs it.
  bool without_volatile_state = false;
  bool lose_secrets = false;
  bool dry_run = false;
};
struct TpmImportReport {
  std::string image;
  std::string source;
  TpmImageOutcome outcome = TpmImageOutcome::kCreated;
  bool nothing_to_do = false;  // the image holds exactly this
  bool dry_run = false;
  tpm::TpmVersion version = tpm::TpmVersion::k20;
  struct Part {
    tpm::StateKind kind;
    std::uint64_t size_bytes = 0;
  };
  std::vector<Part> parts;
  std::uint64_t generation = 0;
};
// Takes over a TPM of swtpm, each of whose states libtpms must take before anything is replaced. The source
// is under swtpm's lock meanwhile, and stays as it is: from then on two images hold the same TPM, and only
// one of them may be used. Errors: kNoSwtpmState, kSwtpmHeader and the others of tpm/swtpm_blob.h and
// swtpm_linear.h, kImageInUse (swtpm runs on it), kContradiction (two versions, two keys), kTpmStateDamaged,
// kTpmOtherVersion, and those of tpm_create.
Result<TpmImportReport> tpm_import(const Context& context, const TpmImportRequest& request);

enum class SwtpmForm { kDirectory, kLinear };
struct TpmExportRequest {
  BlobImage image;
  std::string target;
  SwtpmForm form = SwtpmForm::kDirectory;
  std::string key_file;
  std::string passphrase_file;
  bool lose_secrets = false;  // of a TPM that the target holds; anything else is never replaced
  bool dry_run = false;
};
struct TpmExportReport {
  std::string image;
  std::string target;
  SwtpmForm form = SwtpmForm::kDirectory;
  bool encrypted = false;
  bool nothing_to_do = false;  // the target holds exactly this
  bool dry_run = false;
  tpm::TpmVersion version = tpm::TpmVersion::k20;
  std::string swtpm_key_option;  // of a passphrase: what swtpm must be given as --key
  std::vector<std::string> files;
  std::vector<TpmImportReport::Part> parts;
};
// Writes the states as swtpm stores them: for the owner alone, or as the file that is replaced. Each file is
// whole or not there, and a permanent state never stands beside a volatile one of another time. The image is
// locked while it is read, and the target is under swtpm's lock. Errors: kNoTpmState, kImageInUse,
// kTpmStateThere, kNotEmpty (what is no state of swtpm), kAlreadyThere (links, devices), kKeyNeeded,
// kContradiction, and those of writing.
Result<TpmExportReport> tpm_export(const Context& context, const TpmExportRequest& request);

struct TpmShowReport {
  BlobImageFacts image;
  bool in_use = false;
  struct Entry {
    vnvram::EntryInfo info;
    vnvram::EntryState state;
  };
  std::vector<Entry> entries;  // those of a TPM
  std::optional<tpm::PermanentFacts> permanent;
  serve::TpmCounters counters;
  bool has_counters = false;
  std::string library_version;                 // of the libtpms that is installed; empty: none
  std::optional<tpm::TpmInventory> inventory;  // of TPM 2.0: what a copy of it says
  std::vector<Finding> findings;               // why something could not be told
};
// Reads only; a copy of the TPM is started in memory to be asked what it holds. Errors: kEntryMissing, and
// those of open_blobs.
Result<TpmShowReport> tpm_show(const Context& context, const BlobImage& image);

struct TpmCheckReport {
  std::string image;
  std::optional<tpm::TpmVersion> version;
  std::vector<Finding> findings;
};
// Verifies the image as 'blob check --scrub' does, that the entries have room for all that a TPM may store,
// and that libtpms takes each of the states; where it is not installed a note says so. Errors: those of
// open_blobs and of reading.
Result<TpmCheckReport> tpm_check(const Context& context, const BlobImage& image);

struct TpmRunRequest {
  BlobImage image;
  std::string socket_path;       // empty with a guest: in the guest's directory
  std::string data_socket_path;  // empty: none
  std::optional<tpm::TpmVersion> version;
  tpm::Startup startup = tpm::Startup::kPoweredOn;
  bool incoming = false;
  std::string migration_key_file;
  std::uint64_t store_limit_bytes_per_second = 0;
  bool ends_with_client = false;
  bool sandbox = true;
  std::function<void(const std::string&)> log = [](const std::string&) {};
};
// Until the emulator ends; see serve/tpm_server.h. Without a socket for data, the control channel's path is
// needed; with one it is by default that path and ".ctrl", where the tools of TPM software expect it. Errors:
// kBadCommandLine without a path, and those of serve_tpm.
Result<serve::TpmServeReport> tpm_run(const Context& context, TpmRunRequest request);

std::string to_json(const serve::TpmServeReport& report);
std::string to_json(const TpmCreateReport& report);
std::string to_json(const TpmImportReport& report);
std::string to_json(const TpmExportReport& report);
std::string to_json(const TpmShowReport& report);
std::string to_json(const TpmCheckReport& report);

}  // namespace nonvol::api
