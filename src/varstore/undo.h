#pragma once

#include <string>
#include <vector>

#include "outcome/result.h"
#include "storage/file_system.h"
#include "storage/patch.h"

namespace nonvol::varstore {

// What one command changed in one file, so that it can be taken back: docs/formats/undo-record.md. It lies
// beside the file, and the next change replaces it. It is no part of what a crash must leave whole: one that
// was cut off is known by its sums, and refused.
struct UndoRecord {
  struct Splice {
    std::uint64_t offset_bytes = 0;
    std::vector<std::uint8_t> before;
    std::vector<std::uint8_t> after;  // as long as `before`, but where the file ends
    friend bool operator==(const Splice&, const Splice&) = default;
  };
  std::string command;  // "vars set BootOrder", for people
  std::string time;     // RFC 3339 UTC
  std::uint64_t size_before_bytes = 0;
  std::uint64_t size_after_bytes = 0;
  // The first bytes of the file after the change, and their CRC-32C: in flash all records and what a guest
  // would write next, else the whole file. Without it records that were appended since would be cut off.
  std::uint64_t checked_bytes = 0;
  std::uint32_t checked_crc32c = 0;
  std::vector<Splice> splices;  // ascending
  friend bool operator==(const UndoRecord&, const UndoRecord&) = default;
};

// "DIRECTORY/.NAME.undo".
std::string undo_path_of(const std::string& path);

std::string encode(const UndoRecord& record);
// kUndoDamaged where it is no whole record.
Result<UndoRecord> decode_undo(const std::string& file_name, std::string_view text);

// kNothingToUndo where there is none.
Result<UndoRecord> read_undo(storage::FileSystem& files, const std::string& path);
// Takes the place of the one before, also where that is a link; has owner and mode of the store. Not made
// durable: see above.
Result<void> write_undo(storage::FileSystem& files, const std::string& path, const UndoRecord& record);

// The record of what patches will do to a file.
Result<UndoRecord> record_of(storage::BlockFile& file, const std::string& file_name,
                             const std::vector<storage::Patch>& patches, std::uint64_t size_after_bytes);
// The file's bytes as they were before; kStoreChangedSince where it does not hold what the record says it
// should.
Result<std::vector<std::uint8_t>> undone(const std::string& file_name, octets::Bytes now,
                                         const UndoRecord& record);

}  // namespace nonvol::varstore
