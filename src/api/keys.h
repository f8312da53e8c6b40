#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/store_edit.h"
#include "efi/portable_executable.h"
#include "efi/secure_boot.h"
#include "efi/verify.h"

// The commands on Secure Boot's keys. Errors beyond those named: those of finding and reading the store, of
// edit_store for those that change it, and kLibraryMissing.
namespace nonvol::api {

struct KeysListReport {
  StorePlace place;
  efi::SecureBootKeys keys;
  efi::SecureBootReport secure_boot;
  std::vector<Finding> findings;  // of the store, of the lists, and what they mean
};
Result<KeysListReport> keys_list(const Context& context, const std::string& guest_or_path);

struct KeysVerifyReport {
  StorePlace place;
  std::string file;
  efi::PortableExecutable image;
  efi::ImageVerdict verdict;
  std::vector<std::string> signers;  // a name for each of verdict.signatures, or why it cannot be read
  std::vector<Finding> findings;     // of the store and of the program
  bool program_starts() const { return efi::starts(verdict.verdict); }
};
// Whether the guest's firmware would start the program. Errors: kNotAnEfiProgram.
Result<KeysVerifyReport> keys_verify(const Context& context, const std::string& guest_or_path,
                                     const std::string& program);

// One signature that came into a variable or went out of it.
struct KeyStep {
  std::string variable;    // "db"
  bool added = false;      // false: removed
  std::string type;        // "X509", "SHA256", ...
  std::string name;        // of a certificate
  std::string digest_hex;  // a certificate's SHA-256, or what the variable holds
};

struct KeysEditReport {
  StoreEditReport edit;
  std::vector<KeyStep> steps;
  bool is_setup_mode = false;  // afterwards
  bool verifies_programs = false;
  std::vector<std::string> notes;  // what was left alone, and why
};

// Files are certificates (DER, or any number in PEM), signature lists (.esl), or updates (.auth), which are
// taken only as the guest's firmware would take them.
struct KeysEnrollRequest {
  std::vector<std::string> pk, kek, db, dbx;
  std::vector<std::string> auth;    // updates that say themselves what they are for
  std::string owner;                // GUID of certificates that come without one
  std::string from;                 // a guest or a store of any form: what it has and this one has not
  std::string directory;            // in the layout of Microsoft's secureboot_objects
  std::optional<bool> secure_boot;  // SecureBootEnable
  std::string time;                 // stamp of what is changed: RFC 3339, "now", empty: as it is
};
// Adds, and never removes. Errors: kKeyFile, kNoKeysInDirectory, kOnePlatformKey, kNoPlatformKey,
// kUpdateOtherVariable and those of efi::verify_update, kBadCommandLine for a malformed GUID or time.
Result<KeysEditReport> keys_enroll(const Context& context, const StoreEditRequest& request,
                                   const KeysEnrollRequest& wanted);

// Adds those of Microsoft's certificates of 2023 whose predecessor the guest trusts. Their bodies come from
// files in `directory`. Errors: kKnownCertificateMissing.
Result<KeysEditReport> keys_update_microsoft(const Context& context, const StoreEditRequest& request,
                                             const std::string& directory);

struct KeysRevokeRequest {
  std::vector<std::string> certificates;  // files
  std::vector<std::string> digests_hex;   // SHA-256 of programs, Authenticode
  std::vector<std::string> programs;      // EFI programs: their digest
  bool remove_from_db = false;
};
// Errors: kKeyFile, kNotAnEfiProgram, kBadValue for a malformed digest.
Result<KeysEditReport> keys_revoke(const Context& context, const StoreEditRequest& request,
                                   const KeysRevokeRequest& wanted);

// "PK", "KEK", "db", "dbx" or "all". With PK goes SecureBootEnable, as when the guest deletes PK. Errors:
// kSecureBootLost unless `lose_secure_boot`.
Result<KeysEditReport> keys_delete(const Context& context, const StoreEditRequest& request,
                                   const std::string& variable, bool lose_secure_boot);

// SecureBootEnable. Errors: kNoPlatformKey.
Result<KeysEditReport> keys_mode(const Context& context, const StoreEditRequest& request, bool secure_boot);

struct KeysMakeReport {
  std::string private_key_path;
  std::string certificate_path;
  seal::Certificate certificate;
};
// A key and its own certificate in DIRECTORY/private-key.pem and DIRECTORY/certificate.pem, for tests and
// for guests whose keys are one's own. Errors: kAlreadyThere, kSigningFailed.
Result<KeysMakeReport> keys_make(const Context& context, const std::string& common_name,
                                 const std::string& directory);

std::string to_json(const KeysListReport& report);
std::string to_json(const KeysVerifyReport& report);
std::string to_json(const KeysEditReport& report, std::string_view schema);
std::string to_json(const KeysMakeReport& report);

}  // namespace nonvol::api
