#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/blob_dump.h"

// Where each byte of an NVRAM image belongs. Made from a dump, so that damaged images have maps too.
namespace nonvol::api {

enum class SegmentUse {
  kFraming,  // tags, lengths and names
  kNewest,   // header and payload of the slot that is the blob
  kOlder,    // of another slot that is in order, or whose digest could not be computed
  kFree,     // of a slot, behind its payload
  kDamaged,  // a slot that cannot be believed
  kPlain,
  kSlack,
  kUnknown,  // behind framing that cannot be read, or a blob of unknown kind
  kMissing,  // the image says that it has these bytes, the file ends before them
  kForeign,  // behind the end of the image
};
std::string_view to_string(SegmentUse use);  // "framing", "newest", "older", …

struct Segment {
  std::uint64_t begin_bytes = 0;
  std::uint64_t size_bytes = 0;
  SegmentUse use = SegmentUse::kUnknown;
  std::string entry = {};                       // whose framing or blob it is
  std::optional<unsigned> slot = std::nullopt;  // 0 is A
};

// Segments in order, from byte 0 to the end of the file or of the image, whichever is later, without gap or
// overlap.
std::vector<Segment> segments_of(const BlobDumpReport& dump);

struct BlobMapReport {
  BlobDumpReport dump;
  std::vector<Segment> segments;
  std::uint64_t end_bytes() const {
    return segments.empty() ? 0 : segments.back().begin_bytes + segments.back().size_bytes;
  }
};

// Findings (in the dump) and errors: those of blob_dump.
Result<BlobMapReport> blob_map(const Context& context, const BlobImage& where);

std::string to_json(const BlobMapReport& report);

}  // namespace nonvol::api
