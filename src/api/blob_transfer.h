#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/blob_image.h"
#include "seal/digest.h"
#include "vnvram/image.h"
#include "vnvram/layout.h"

// An image's contents as files of a plain directory, and back. `nvram.json` in it (nonvol.blob.export/1) says
// which file belongs to which entry; it is written last, so that a directory that has it is whole.
namespace nonvol::api {

inline constexpr const char* kManifestName = "nvram.json";

// The name of an entry's file: letters, digits, '-', '_', '.', '+', '@' and everything that is not ASCII
// stand for themselves, all else is %XX, and so are a leading '.' or '-'. Names that are too long for a file
// system, and the manifest's own, get a name that no entry has ("%-7").
std::string file_name_of(const std::string& entry, std::size_t index);
// The entry's name; nothing if no entry's file is named so.
std::optional<std::string> entry_name_of(std::string_view file);

struct BlobExportReport {
  std::string image;
  std::string directory;
  bool dry_run = false;
  bool seed_layout = false;
  std::string uuid;
  vnvram::Integrity integrity = vnvram::Integrity::kCrc32c;
  std::uint64_t image_bytes = 0;
  struct Entry {
    vnvram::EntryInfo info;
    vnvram::BlobState state = vnvram::BlobState::kPresent;
    std::uint64_t generation = 0;
    std::string file = {};  // empty: the entry holds nothing that can be read
    std::uint64_t size_bytes = 0;
    seal::Sha256Digest sha256{};
  };
  std::vector<Entry> entries;
  std::vector<Finding> findings;  // entries that could not be read
};
// Writes each present entry, decrypted, to a file of its own in a new or empty directory; files are for the
// owner alone (0600, the directory 0700). Damaged entries are findings. Errors: kKeyNeeded before anything is
// written, kAlreadyThere (directory not empty), kInputOutput (not a directory), and those of open_blobs and
// of writing.
Result<BlobExportReport> blob_export(const Context& context, const BlobImage& where,
                                     const std::string& directory, bool dry_run);

struct BlobImportRequest {
  BlobImage where;
  std::string directory;
  bool format = false;  // make the image from the manifest where there is none
  bool dry_run = false;
};
struct BlobImportReport {
  std::string image;
  std::string directory;
  bool dry_run = false;
  bool formatted = false;
  enum class Outcome { kWritten, kUnchanged, kFailed, kNotTried };
  struct Entry {
    std::string name;
    std::string file;
    std::uint64_t size_bytes = 0;
    Outcome outcome = Outcome::kNotTried;
    std::uint64_t generation = 0;  // afterwards; 0 of plain entries
  };
  std::vector<Entry> entries;
  std::optional<Error> failure;  // what stopped it after some were written
  bool nothing_to_do() const;
};
std::string_view to_string(
    BlobImportReport::Outcome outcome);  // "written", "unchanged", "failed", "not-tried"

// Puts each file that the manifest lists, or where there is none each file by its name, into the existing
// entry of that name. All is checked before the first is written; an entry that holds the same already is
// left alone. Errors: kBadManifest, kExportedFileChanged, kNoSuchEntry, kBlobTooLarge, kPlainSize,
// kKeyNeeded, kBlobDamaged, kOlderGeneration, and those of open_blobs, blob_format and of reading. Later ones
// are the report's `failure`.
Result<BlobImportReport> blob_import(const Context& context, const BlobImportRequest& request);

std::string to_json(const BlobExportReport& report);
std::string to_json(const BlobImportReport& report);

}  // namespace nonvol::api
