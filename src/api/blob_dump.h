#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/blob_image.h"
#include "vnvram/directory.h"
#include "vnvram/framing.h"
#include "vnvram/slot.h"

// What an NVRAM image is made of, read without believing more of it than has to be: the framing alone where
// the directory is damaged, and the front alone where the framing is (docs/formats/nvram-image.md). Needs no
// key.
namespace nonvol::api {

enum class SlotVerdict {
  kZero,       // never written
  kValid,      // its digest is right
  kDamaged,    // it is not, or the header makes no sense
  kMissing,    // it lies behind the end of the file
  kUnchecked,  // the header is plausible; without the directory the digest cannot be computed
};
std::string_view to_string(SlotVerdict verdict);  // "zero", "valid", "damaged", "missing", "unchecked"

struct SlotDump {
  unsigned index = 0;  // 0 is A
  std::uint64_t offset_bytes = 0;
  std::uint64_t size_bytes = 0;
  SlotVerdict verdict = SlotVerdict::kZero;
  vnvram::SlotHeader header;  // unless the verdict is kZero or kMissing
  bool has_header() const { return verdict != SlotVerdict::kZero && verdict != SlotVerdict::kMissing; }
  bool newest = false;       // what reading the entry gives
  std::string problem = {};  // of a damaged slot, in words that continue "slot A"
};

struct EntryDump {
  std::string name;
  // Absent where only the framing knows the entry; `looks_atomic` then says whether slots were found in it.
  std::optional<vnvram::EntryInfo> info;
  bool looks_atomic = false;
  bool added = false;              // lies inside slack
  std::uint64_t offset_bytes = 0;  // of the blob's content
  std::uint64_t content_bytes = 0;
  std::vector<SlotDump> slots;  // A and B, or none

  bool atomic() const { return info ? info->kind == vnvram::EntryKind::kAtomic : looks_atomic; }
};

struct BlobDumpReport {
  std::string image;
  std::uint64_t size_bytes = 0;              // of the file
  std::uint64_t declared_bytes = 0;          // what the outer SEQUENCE says
  std::uint64_t header_bytes = 0;            // outer octets and "qemu-nvram": where the elements begin
  std::vector<vnvram::Element> elements;     // as far as they could be read
  std::uint64_t read_to_bytes = 0;           // where the last of them ends
  bool seed_layout = false;                  // the first entry is not the directory
  std::optional<EntryDump> directory_entry;  // the entry '.directory' with its slots
  std::optional<vnvram::Directory> directory;
  std::vector<EntryDump> entries;  // the directory's, or where it cannot be believed the framing's
  std::vector<Finding> findings;
};

struct BlobDumpRequest {
  BlobImage where;         // its key is not needed
  std::string entry = {};  // only this one; empty: all
};

// Findings: kNvramLength, kNvramFraming, kNvramName, kNvramLimit, kNvramDirectory and what else
// decode_directory finds, kSlotDamaged, kBlobDamaged, kOlderGeneration. Errors: kNvramEmpty,
// kNvramUnfinished, kNvramInContainer, kNotAnNvram, kNoSuchEntry, and those of opening and reading.
Result<BlobDumpReport> blob_dump(const Context& context, const BlobDumpRequest& request);

// What is stored in one slot of an atomic entry, or in a plain one, as it is on the medium: for rescue.
struct BlobPayloadRequest {
  BlobImage where;
  std::string entry;
  std::optional<unsigned> slot = std::nullopt;  // 0 is A; of atomic entries
};
struct BlobPayloadReport {
  std::string image;
  std::string entry;
  std::optional<SlotDump> slot;
  std::vector<std::uint8_t> bytes;
  // The header is not to be believed, so that `bytes` is all that the slot can hold.
  bool whole_slot = false;
};
// Errors: those of blob_dump, kBlobAbsent (a slot that was never written), kBadCommandLine (an atomic entry
// without a slot, a plain one with).
Result<BlobPayloadReport> blob_payload(const Context& context, const BlobPayloadRequest& request);

std::string to_json(const BlobDumpReport& report);
std::string to_json(const BlobPayloadReport& report);

}  // namespace nonvol::api
