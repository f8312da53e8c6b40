#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "api/blob_image.h"
#include "json/writer.h"

// What a command does to an image, counted where it happens, and the same rehearsed: the dry run of a command
// is the command itself on a file that keeps its changes to itself.
namespace nonvol::api {

struct WriteLog {
  struct Write {
    std::uint64_t offset_bytes = 0;
    std::uint64_t size_bytes = 0;
    std::string what = {};  // "slot A of 'tpm'"
  };
  std::vector<Write> writes;  // in their order; what continues the one before is one with it
  std::uint64_t flushes = 0;
  std::size_t flushed_writes = 0;  // how many of them are behind a flush, and stay apart from later ones
};

// The image that `file` holds, opened on it once more, so that everything written goes into the log and, but
// in a rehearsal, to the file. File and log must outlive the image. Errors: those of vnvram::Image::open.
enum class Rehearsal { kNo, kYes };
Result<vnvram::Image> open_logged(storage::BlockFile& file, const std::string& file_name,
                                  const seal::Key* user_key, WriteLog& log, Rehearsal rehearsal);

// An image that is open for writing, as long as this lives locked against other writers.
struct BlobWriter {
  std::optional<seal::Key> key;
  std::unique_ptr<storage::BlockFile> file;
  std::unique_ptr<WriteLog> log;
  vnvram::Image image;

  const seal::Key* key_or_null() const { return key ? &*key : nullptr; }
};
// Errors: those of read_key, vnvram::open_file and vnvram::Image::open.
// `dry_run`: nothing at all will be written through it, not even later.
Result<BlobWriter> open_writer(const Context& context, const BlobImage& where, Rehearsal rehearsal,
                               bool dry_run);

// Says of each write which part of the image it belongs to.
void name_writes(WriteLog& log, const vnvram::Image& image);

// "writes": [{offset_bytes, size_bytes, what}], "flushes".
void write_log_members(json::Writer& writer, const WriteLog& log);

}  // namespace nonvol::api
