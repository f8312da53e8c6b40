#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outcome/result.h"
#include "vnvram/directory.h"

namespace nonvol::vnvram {

struct EntryRequest {
  std::string name;
  std::uint64_t capacity_bytes = 0;
  EntryKind kind = EntryKind::kAtomic;
  bool encrypted = false;
  std::vector<Attribute> attributes = {};  // a copy keeps those of the entry it copies
};

struct LayoutRequest {
  std::vector<EntryRequest> entries;
  bool seed_layout = false;         // exactly the seed's bytes; every entry is plain then
  std::uint64_t reserve_bytes = 0;  // slack for entries that are added later
  std::optional<std::uint64_t> size_bytes = std::nullopt;  // of the image; the least that is needed if absent
  std::vector<Attribute> attributes = {};                  // of the image: the directory has room for them
};

// One element of the outer SEQUENCE: where it begins, its framing (all octets before the content), and how
// long the content is.
struct PlacedElement {
  std::uint64_t offset_bytes = 0;
  std::vector<std::uint8_t> framing;
  std::uint64_t content_bytes = 0;

  std::uint64_t content_offset_bytes() const { return offset_bytes + framing.size(); }
  std::uint64_t end_bytes() const { return content_offset_bytes() + content_bytes; }
};

// A planned image. `elements` are header, slack and entries in the order of their offsets; the outer
// SEQUENCE's own octets are at the front of the first.
struct Layout {
  std::uint64_t size_bytes = 0;
  std::uint64_t directory_capacity_bytes = 0;  // 0: seed layout
  std::uint64_t directory_offset_bytes = 0;    // of its blob's content
  std::vector<PlacedElement> elements;
  std::vector<EntryInfo> entries;  // as requested, with their places
};

// Whether a name may be given to an entry. Errors: kBadEntryRequest.
Result<void> check_entry_request(const EntryRequest& request);

// Where everything goes. Errors: kBadEntryRequest (names, sizes, kinds, too many), kSeedLayoutFixed,
// kImageTooSmall with both numbers.
Result<Layout> plan_layout(const LayoutRequest& request);

// What a blob of the capacity takes as OCTET STRING content.
std::uint64_t blob_bytes(EntryKind kind, std::uint64_t capacity_bytes);

// All octets of an entry in front of its blob's content.
std::vector<std::uint8_t> entry_framing(std::string_view name, std::uint64_t blob_content_bytes);
std::uint64_t entry_framing_bytes(std::string_view name, std::uint64_t blob_content_bytes);

}  // namespace nonvol::vnvram
