#pragma once

#include <vector>

#include "api/tpm.h"

// How states get into an image, and keys of swtpm into memory. Private to api/.
namespace nonvol::api {

// Where a TPM is; of a guest's what its record says.
struct TpmPlace {
  BlobImage image;
  std::string guest;                       // empty: an image by itself
  std::optional<tpm::TpmVersion> version;  // of the guest's TPM
};
// Errors: those of tpm_image.
Result<TpmPlace> tpm_place(const Context& context, BlobImage where);
// QEMU gets the guest's TPM as the version of its record. Error: kTpmOtherVersion.
Result<void> check_guest_version(const TpmPlace& place, tpm::TpmVersion version);

struct StatesIntoImage {
  BlobImage image;
  const seal::Key* key = nullptr;  // what image.key has, which a descriptor gives only once
  tpm::TpmVersion version = tpm::TpmVersion::k20;
  bool lose_secrets = false;
  bool dry_run = false;
};
struct StoredStates {
  TpmImageOutcome outcome = TpmImageOutcome::kCreated;
  bool nothing_to_do = false;
  bool encrypted = false;
  std::uint64_t generation = 0;  // of the permanent state; 0 in a dry run
};

// Refuses what would be refused later, before a TPM is made for nothing. Errors: kTpmStateThere,
// kTpmStateTooLarge, kImageTooSmall, and those of opening what is there.
Result<void> check_target(const Context& context, const StatesIntoImage& job);

// The states of `source`, which has a permanent one, become those of the image, which is made if need be. An
// image that is there never holds the volatile state of one TPM and the permanent state of another, whenever
// the power fails. Errors: as tpm_create.
Result<StoredStates> store_states(const Context& context, const StatesIntoImage& job,
                                  tpm::MemoryState& source);

// The image of a new file, whole, in `file`.
Result<std::uint64_t> fill_new_image(storage::BlockFile& file, const std::string& name,
                                     tpm::TpmVersion version, const seal::Key* key, tpm::MemoryState& source);

// What a user gave of swtpm's key: the files of its --key file= and pwdfile=. None: there is no key. Of a
// passphrase several, since only swtpm's command line says how it made a key of it; the first is the one for
// new files. Errors: kContradiction, kBadSwtpmKey, kLibraryMissing, and those of reading.
Result<std::vector<tpm::SwtpmKey>> read_swtpm_keys(const std::string& key_file,
                                                   const std::string& passphrase_file);

}  // namespace nonvol::api
