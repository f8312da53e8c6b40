#include "vnvram/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "octets/text.h"
#include "vnvram/der.h"

namespace nonvol::vnvram {
namespace {

constexpr std::size_t kRoomForEntries = 16;
constexpr std::size_t kUsualEntryBytes = 64;

// Whether one element of slack can take exactly so many bytes, tag and length octets included.
bool one_slack_fits(std::uint64_t total_bytes) {
  if (total_bytes < 2) return false;
  // The shortest header that can belong to a content of that size decides.
  for (unsigned header_bytes = 2; header_bytes <= 10 && header_bytes <= total_bytes; ++header_bytes) {
    if (der_header_bytes(total_bytes - header_bytes) == header_bytes) return true;
  }
  return false;
}

std::uint64_t slack_content_bytes(std::uint64_t total_bytes) {
  unsigned header_bytes = 2;
  while (der_header_bytes(total_bytes - header_bytes) != header_bytes) ++header_bytes;
  return total_bytes - header_bytes;
}

// Lengths whose first nine bits are ones (65,408 to 65,535, and likewise with more octets) are good DER, but
// dumpasn1 takes them for badly written integers. They are avoided where there is a choice. Gives the width
// of the range that the length lies in; 0 if in none.
std::uint64_t misread_width(std::uint64_t content_bytes) {
  for (unsigned octets = 2; octets <= 5; ++octets) {
    const std::uint64_t end = std::uint64_t{1} << (8 * octets);
    const std::uint64_t width = std::uint64_t{1} << (8 * octets - 9);
    if (content_bytes < end && content_bytes >= end - width) return width;
  }
  return 0;
}

// Lays one element behind the other.
class Builder {
 public:
  explicit Builder(unsigned outer_header_bytes) : end_(outer_header_bytes) {}

  void header() {
    std::vector<std::uint8_t> framing;
    append_der_header(framing, kDerUtf8String, kImageHeader.size());
    framing.insert(framing.end(), kImageHeader.begin(), kImageHeader.end());
    add(std::move(framing), 0);
  }

  void slack(std::uint64_t total_bytes) {
    if (total_bytes == 0) return;
    if (!one_slack_fits(total_bytes)) {
      slack(total_bytes / 2);
      return slack(total_bytes - total_bytes / 2);
    }
    const std::uint64_t content_bytes = slack_content_bytes(total_bytes);
    if (const std::uint64_t width = misread_width(content_bytes); width != 0) {
      slack(round_up_to_page(width));
      return slack(total_bytes - round_up_to_page(width));
    }
    std::vector<std::uint8_t> framing;
    append_der_header(framing, kDerSlack, content_bytes);
    add(std::move(framing), content_bytes);
  }

  // Where the blob's content begins.
  std::uint64_t entry(std::string_view name, std::uint64_t content_bytes) {
    add(entry_framing(name, content_bytes), content_bytes);
    return elements_.back().content_offset_bytes();
  }

  std::uint64_t aligned_entry(std::string_view name, std::uint64_t content_bytes) {
    const std::uint64_t framing_bytes = entry_framing_bytes(name, content_bytes);
    std::uint64_t gap_bytes = round_up_to_page(end_ + framing_bytes) - end_ - framing_bytes;
    if (gap_bytes != 0 && !one_slack_fits(gap_bytes)) gap_bytes += kPageBytes;
    slack(gap_bytes);
    return entry(name, content_bytes);
  }

  std::uint64_t end_bytes() const { return end_; }
  std::vector<PlacedElement> take() && { return std::move(elements_); }

 private:
  void add(std::vector<std::uint8_t> framing, std::uint64_t content_bytes) {
    elements_.push_back({end_, std::move(framing), content_bytes});
    end_ = elements_.back().end_bytes();
  }

  std::uint64_t end_;
  std::vector<PlacedElement> elements_;
};

Error bad_request(std::string message) {
  return Error(ErrorId::kBadEntryRequest, std::move(message));
}

Result<void> check_request(const LayoutRequest& request) {
  if (request.entries.size() > kMaxEntries) {
    return bad_request(fmt::format("{} entries were asked for, an image holds at most {}",
                                   request.entries.size(), kMaxEntries));
  }
  std::set<std::string_view> names;
  for (const EntryRequest& entry : request.entries) {
    if (Result<void> checked = check_entry_request(entry); !checked) return checked.error();
    if (!names.insert(entry.name).second) {
      return bad_request(fmt::format("the name '{}' was given to two entries", entry.name));
    }
    if (request.seed_layout && (entry.kind != EntryKind::kPlain || entry.encrypted)) {
      return Error(ErrorId::kSeedLayoutFixed,
                   fmt::format("'{}' is asked to be {}, the seed's layout has plain entries only", entry.name,
                               entry.encrypted ? "encrypted" : "atomic"));
    }
  }
  return {};
}

// Enough for the entries, some more of usual length, and both key slots.
std::uint64_t directory_capacity(const LayoutRequest& request) {
  Directory directory;
  directory.attributes = request.attributes;
  directory.key_slots = {KeySlot{0, {}, {}}, KeySlot{1, {}, {}}};
  directory.seal.resize(kSealBytes);
  for (const EntryRequest& entry : request.entries) {
    directory.entries.push_back(
        {entry.name, entry.kind, kMaxImageBytes, kMaxCapacityBytes, entry.encrypted, entry.attributes});
  }
  const std::uint64_t wanted = encode(directory).size() + kRoomForEntries * kUsualEntryBytes;
  return slot_bytes(wanted) - kSlotHeaderBytes;
}

// Everything but the slack at the end, if the outer SEQUENCE's tag and length take so many bytes.
Builder build_entries(const LayoutRequest& request, unsigned outer_header_bytes, Layout& layout) {
  Builder builder(outer_header_bytes);
  builder.header();
  layout.entries.clear();
  if (!request.seed_layout) {
    layout.directory_capacity_bytes = directory_capacity(request);
    layout.directory_offset_bytes = builder.aligned_entry(
        kDirectoryName, blob_bytes(EntryKind::kAtomic, layout.directory_capacity_bytes));
  }
  for (const EntryRequest& entry : request.entries) {
    const std::uint64_t content_bytes = blob_bytes(entry.kind, entry.capacity_bytes);
    const std::uint64_t offset_bytes = request.seed_layout ? builder.entry(entry.name, content_bytes)
                                                           : builder.aligned_entry(entry.name, content_bytes);
    layout.entries.push_back(
        {entry.name, entry.kind, offset_bytes, entry.capacity_bytes, entry.encrypted, entry.attributes});
  }
  return builder;
}

// The least size that holds what ends at `end_bytes` and the reserve.
std::uint64_t least_size(const LayoutRequest& request, std::uint64_t end_bytes, unsigned outer_header_bytes) {
  std::uint64_t size_bytes = end_bytes + request.reserve_bytes;
  if (!request.seed_layout) size_bytes = round_up_to_page(size_bytes);
  // One byte cannot be filled: the smallest element takes two.
  if (size_bytes - end_bytes == 1) size_bytes += request.seed_layout ? 1 : kPageBytes;
  if (!request.seed_layout && !request.size_bytes) {
    while (misread_width(size_bytes - outer_header_bytes) != 0) size_bytes += kPageBytes;
  }
  return size_bytes;
}

}  // namespace

std::uint64_t blob_bytes(EntryKind kind, std::uint64_t capacity_bytes) {
  return kind == EntryKind::kPlain ? capacity_bytes : 2 * slot_bytes(capacity_bytes);
}

namespace {

// Of the entry's SEQUENCE: name and blob with their headers.
std::uint64_t entry_content_bytes(std::string_view name, std::uint64_t blob_content_bytes) {
  return der_header_bytes(name.size()) + name.size() + der_header_bytes(blob_content_bytes) +
         blob_content_bytes;
}

}  // namespace

std::uint64_t entry_framing_bytes(std::string_view name, std::uint64_t blob_content_bytes) {
  const std::uint64_t content_bytes = entry_content_bytes(name, blob_content_bytes);
  return der_header_bytes(content_bytes) + content_bytes - blob_content_bytes;
}

std::vector<std::uint8_t> entry_framing(std::string_view name, std::uint64_t blob_content_bytes) {
  std::vector<std::uint8_t> framing;
  framing.reserve(64);
  append_der_header(framing, kDerSequence, entry_content_bytes(name, blob_content_bytes));
  append_der_header(framing, kDerUtf8String, name.size());
  framing.insert(framing.end(), name.begin(), name.end());
  append_der_header(framing, kDerOctetString, blob_content_bytes);
  return framing;
}

Result<void> check_entry_request(const EntryRequest& request) {
  if (const std::string_view problem = name_problem(request.name); !problem.empty()) {
    return bad_request(fmt::format("the name of an entry {}", problem));
  }
  if (request.name.front() == '.') {
    return bad_request(
        fmt::format("the name '{}' begins with a dot; such names belong to the format", request.name));
  }
  if (request.capacity_bytes == 0 || request.capacity_bytes > kMaxCapacityBytes) {
    return bad_request(fmt::format("'{}' is to have a capacity of {} bytes, possible are 1 to {}",
                                   request.name, request.capacity_bytes, kMaxCapacityBytes));
  }
  if (request.encrypted && request.kind == EntryKind::kPlain) {
    return bad_request(
        fmt::format("'{}' is to be plain and encrypted; only atomic entries can be encrypted", request.name));
  }
  return {};
}

Result<Layout> plan_layout(const LayoutRequest& request) {
  if (Result<void> checked = check_request(request); !checked) return checked.error();
  const std::uint64_t asked_bytes = std::max(request.reserve_bytes, request.size_bytes.value_or(0));
  if (asked_bytes > kMaxImageBytes) {
    return bad_request(
        fmt::format("an image of {} bytes was asked for, the limit is {}", asked_bytes, kMaxImageBytes));
  }
  Layout layout;
  // How long the outer length is depends on the size, and the other way round.
  for (unsigned outer_header_bytes = 2; outer_header_bytes <= 10; ++outer_header_bytes) {
    Builder builder = build_entries(request, outer_header_bytes, layout);
    if (slot_bytes(layout.directory_capacity_bytes) > kMaxDirectoryBytes) {
      return bad_request(fmt::format("the directory would need {} bytes, it has at most {}",
                                     slot_bytes(layout.directory_capacity_bytes), kMaxDirectoryBytes));
    }
    const std::uint64_t least_bytes = least_size(request, builder.end_bytes(), outer_header_bytes);
    layout.size_bytes = request.size_bytes.value_or(least_bytes);
    const std::uint64_t reached = std::max(layout.size_bytes, least_bytes);
    if (der_header_bytes(reached - outer_header_bytes) != outer_header_bytes) continue;
    const std::uint64_t rest_bytes = layout.size_bytes - builder.end_bytes();
    if (layout.size_bytes < builder.end_bytes() + request.reserve_bytes || rest_bytes == 1) {
      return Error(ErrorId::kImageTooSmall, fmt::format("the image has {} bytes, the entries need {}",
                                                        layout.size_bytes, least_bytes));
    }
    if (layout.size_bytes > kMaxImageBytes) {
      return bad_request(fmt::format("the entries need {} bytes, an image has at most {}", layout.size_bytes,
                                     kMaxImageBytes));
    }
    builder.slack(rest_bytes);
    layout.elements = std::move(builder).take();
    PlacedElement& first = layout.elements.front();
    std::vector<std::uint8_t> outer;
    append_der_header(outer, kDerSequence, layout.size_bytes - outer_header_bytes);
    first.framing.insert(first.framing.begin(), outer.begin(), outer.end());
    first.offset_bytes = 0;
    return layout;
  }
  return bad_request(fmt::format("no ASN.1 value is exactly {} bytes long; one of {} bytes is",
                                 layout.size_bytes, layout.size_bytes + 1));
}

}  // namespace nonvol::vnvram
