#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/write_log.h"
#include "vnvram/check.h"

// The commands that deal with what is in an NVRAM image: list, get, put, delete, check, rekey. Errors beyond
// those named: those of open_blobs and open_writer.
namespace nonvol::api {

struct BlobListReport {
  BlobImageFacts image;
  std::optional<std::uint64_t> slack_bytes;  // what no entry takes; nothing where the framing is damaged
  struct Entry {
    vnvram::EntryInfo info;
    vnvram::EntryState state;
  };
  std::vector<Entry> entries;
  std::vector<Finding> findings;  // damage, with the entry that has it
};
// Contents are verified as far as their digests go, and no key is needed.
Result<BlobListReport> blob_list(const Context& context, const BlobImage& where);

struct BlobGetReport {
  std::string target;
  vnvram::EntryInfo entry;
  vnvram::Blob blob;
};
// Errors: those of vnvram::Image::read, kNoSuchEntry, kGenerationPin.
Result<BlobGetReport> blob_get(const Context& context, const BlobImage& where, const std::string& name,
                               std::optional<std::uint64_t> expected_generation);

// What writing one entry did, or would do.
struct BlobChange {
  std::string target;
  vnvram::EntryInfo entry;
  bool dry_run = false;
  bool nothing_to_do = false;
  std::optional<std::uint64_t> generation_before;  // nothing: plain, or not to be believed
  std::optional<std::uint64_t> generation_after;
  std::uint64_t used_bytes = 0;  // afterwards
  WriteLog log;
};

struct BlobPutRequest {
  std::string name;
  std::string input;                 // a path; empty: standard input
  std::optional<std::uint8_t> fill;  // of a plain entry, behind what is put
  bool lose_damaged = false;
};
// Errors: those of vnvram::Image::prepare, kNoSuchEntry, kContradiction.
Result<BlobChange> blob_put(const Context& context, const BlobImage& where, const BlobPutRequest& request,
                            bool dry_run);
// A plain entry has no "absent": it is filled. Errors: those of vnvram::Image::prepare, kNoSuchEntry,
// kContradiction.
Result<BlobChange> blob_delete(const Context& context, const BlobImage& where, const std::string& name,
                               std::optional<std::uint8_t> fill, bool dry_run);

struct BlobCheckReport {
  BlobImageFacts image;
  bool scrub = false;
  bool unlocked = false;  // so that what is encrypted was looked at too
  vnvram::CheckReport check;
};
Result<BlobCheckReport> blob_check(const Context& context, const BlobImage& where,
                                   const vnvram::CheckOptions& options);

struct BlobRekeyReport {
  std::string target;
  bool dry_run = false;
  bool nothing_to_do = false;  // the new key is the only one that opens the image
  WriteLog log;
};
// Errors: kKeyNeeded, those of vnvram::Image::rekey.
Result<BlobRekeyReport> blob_rekey(const Context& context, const BlobImage& where, const KeySource& new_key,
                                   bool dry_run);

std::string to_json(const BlobListReport& report);
// With the content as hex, or without it where it went to a file.
std::string to_json(const BlobGetReport& report, bool with_content);
// `command` is "put" or "delete".
std::string to_json(const BlobChange& report, std::string_view command);
std::string to_json(const BlobCheckReport& report);
std::string to_json(const BlobRekeyReport& report);

}  // namespace nonvol::api
