#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/write_log.h"
#include "vnvram/copy.h"
#include "vnvram/format.h"

// The commands that decide which entries an NVRAM image has: measure, format, add, resize. Errors beyond
// those named: those of read_key and vnvram::open_file.
namespace nonvol::api {

struct BlobMeasureReport {
  bool seed_layout = false;
  vnvram::Layout layout;
};
// Looks at no file. Errors: those of vnvram::plan_layout.
Result<BlobMeasureReport> blob_measure(const vnvram::LayoutRequest& request);

struct BlobFormatReport {
  std::string target;
  bool dry_run = false;
  // What became of the target.
  enum class Outcome {
    kCreated,       // there was nothing of this name
    kFormatted,     // it was empty, or all zeros
    kContentsLost,  // it held something, and that was allowed to go
    kNothingToDo,   // it is such an image already
  } outcome = Outcome::kCreated;
  std::string uuid;                            // empty: seed layout, or a dry run of what would draw one
  std::optional<vnvram::Integrity> integrity;  // nothing: seed layout
  vnvram::Layout layout;                       // of kNothingToDo only size_bytes and entries
  bool seed_layout = false;
};
// `request.user_key` is set from `where.key`. Errors: kNotEmpty, kKeyNeeded, kNotEncrypted, those of
// vnvram::plan_layout and vnvram::format.
Result<BlobFormatReport> blob_format(const Context& context, const BlobImage& where,
                                     vnvram::FormatRequest request, bool lose_contents, bool dry_run);

struct BlobAddReport {
  std::string target;
  bool dry_run = false;
  struct Entry {
    vnvram::EntryInfo info;
    bool was_there = false;
  };
  std::vector<Entry> entries;  // those that were asked for
  WriteLog log;
  bool nothing_to_do() const;
};
// All is rehearsed before the first is added. Errors: those of vnvram::Image::add.
Result<BlobAddReport> blob_add(const Context& context, const BlobImage& where,
                               const std::vector<vnvram::EntryRequest>& entries, bool dry_run);

// An entry as `resize` is asked for it: what is left open stays as it is.
struct BlobResizeEntry {
  std::string name;
  std::uint64_t capacity_bytes = 0;
  std::optional<vnvram::EntryKind> kind = std::nullopt;  // of a new entry: atomic
  bool encrypted = false;                                // false: as it is; of a new entry: no
};
struct BlobResizeRequest {
  std::vector<BlobResizeEntry> entries;
  std::vector<std::string> dropped;
  std::uint64_t reserve_bytes = 0;
  std::optional<std::uint64_t> size_bytes = std::nullopt;
  bool new_data_key = false;
};
struct BlobResizeReport {
  std::string target;
  bool dry_run = false;
  bool nothing_to_do = false;
  std::uint64_t image_bytes_before = 0;
  vnvram::Layout layout;
  bool seed_layout = false;
};
// Copies into a new file, compares, and replaces the old one. The old one stays locked until the end. Errors:
// kCannotResize, those of vnvram::resized, vnvram::plan_layout and vnvram::copy_contents.
Result<BlobResizeReport> blob_resize(const Context& context, const BlobImage& where,
                                     const BlobResizeRequest& request, bool dry_run);

std::string to_json(const BlobMeasureReport& report);
std::string to_json(const BlobFormatReport& report);
std::string to_json(const BlobAddReport& report);
std::string to_json(const BlobResizeReport& report);

}  // namespace nonvol::api
