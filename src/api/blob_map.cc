#include "api/blob_map.h"

#include <algorithm>

#include "api/json_parts.h"
#include "vnvram/layout.h"

namespace nonvol::api {
namespace {

using vnvram::Element;

// Appends segments one behind the other; what would begin before the end of the last one is cut.
class Builder {
 public:
  // Everything from the last segment's end up to `end_bytes`.
  void to(std::uint64_t end_bytes, SegmentUse use, const std::string& entry = {},
          std::optional<unsigned> slot = std::nullopt) {
    if (end_bytes <= end_) return;
    segments_.push_back({end_, end_bytes - end_, use, entry, slot});
    end_ = end_bytes;
  }
  std::vector<Segment> take() { return std::move(segments_); }

 private:
  std::uint64_t end_ = 0;
  std::vector<Segment> segments_;
};

SegmentUse use_of(const SlotDump& slot) {
  if (slot.verdict == SlotVerdict::kDamaged || slot.verdict == SlotVerdict::kMissing)
    return SegmentUse::kDamaged;
  if (slot.verdict == SlotVerdict::kZero) return SegmentUse::kFree;
  return slot.newest ? SegmentUse::kNewest : SegmentUse::kOlder;
}

void add_blob(Builder& builder, const EntryDump& entry) {
  const std::uint64_t end_bytes = entry.offset_bytes + entry.content_bytes;
  if (entry.slots.empty()) {
    const bool plain = entry.info && entry.info->kind == vnvram::EntryKind::kPlain;
    builder.to(end_bytes, plain ? SegmentUse::kPlain : SegmentUse::kUnknown, entry.name);
    return;
  }
  for (const SlotDump& slot : entry.slots) {
    const std::uint64_t slot_end = slot.offset_bytes + slot.size_bytes;
    const SegmentUse use = use_of(slot);
    std::uint64_t used_end = slot_end;
    if (use == SegmentUse::kNewest || use == SegmentUse::kOlder) {
      used_end = std::min(slot_end, slot.offset_bytes + vnvram::kSlotHeaderBytes + slot.header.length_bytes);
    }
    builder.to(used_end, use, entry.name, slot.index);
    builder.to(slot_end, SegmentUse::kFree, entry.name, slot.index);
  }
}

// Slack with the entries that were added inside it.
void add_slack(Builder& builder, const Element& element, const std::vector<EntryDump>& by_offset) {
  for (const EntryDump& entry : by_offset) {
    if (!entry.added || entry.offset_bytes < element.content_offset_bytes ||
        entry.offset_bytes + entry.content_bytes > element.end_bytes()) {
      continue;
    }
    const std::uint64_t framing_bytes = vnvram::entry_framing(entry.name, entry.content_bytes).size();
    builder.to(entry.offset_bytes - std::min(framing_bytes, entry.offset_bytes), SegmentUse::kSlack);
    builder.to(entry.offset_bytes, SegmentUse::kFraming, entry.name);
    add_blob(builder, entry);
  }
  builder.to(element.end_bytes(), SegmentUse::kSlack);
}

// Cuts what lies behind the end of the file.
std::vector<Segment> clipped(std::vector<Segment> segments, std::uint64_t file_bytes) {
  std::vector<Segment> result;
  for (Segment& segment : segments) {
    const std::uint64_t end_bytes = segment.begin_bytes + segment.size_bytes;
    if (end_bytes > file_bytes && segment.begin_bytes < file_bytes) {
      Segment rest = segment;
      rest.size_bytes = end_bytes - file_bytes;
      rest.begin_bytes = file_bytes;
      rest.use = SegmentUse::kMissing;
      segment.size_bytes = file_bytes - segment.begin_bytes;
      result.push_back(std::move(segment));
      result.push_back(std::move(rest));
      continue;
    }
    if (segment.begin_bytes >= file_bytes) segment.use = SegmentUse::kMissing;
    result.push_back(std::move(segment));
  }
  return result;
}

}  // namespace

std::string_view to_string(SegmentUse use) {
  switch (use) {
    case SegmentUse::kFraming:
      return "framing";
    case SegmentUse::kNewest:
      return "newest";
    case SegmentUse::kOlder:
      return "older";
    case SegmentUse::kFree:
      return "free";
    case SegmentUse::kDamaged:
      return "damaged";
    case SegmentUse::kPlain:
      return "plain";
    case SegmentUse::kSlack:
      return "slack";
    case SegmentUse::kUnknown:
      return "unknown";
    case SegmentUse::kMissing:
      return "missing";
    case SegmentUse::kForeign:
      break;
  }
  return "foreign";
}

std::vector<Segment> segments_of(const BlobDumpReport& dump) {
  std::vector<EntryDump> by_offset = dump.entries;
  if (dump.directory_entry) by_offset.push_back(*dump.directory_entry);
  std::ranges::sort(by_offset, {}, &EntryDump::offset_bytes);
  Builder builder;
  builder.to(dump.header_bytes, SegmentUse::kFraming);
  for (const Element& element : dump.elements) {
    builder.to(element.content_offset_bytes, SegmentUse::kFraming, element.name);
    if (element.type == Element::Type::kSlack) {
      add_slack(builder, element, by_offset);
      continue;
    }
    const auto entry = std::ranges::find(by_offset, element.content_offset_bytes, &EntryDump::offset_bytes);
    if (entry != by_offset.end() && entry->content_bytes == element.content_bytes) add_blob(builder, *entry);
    builder.to(element.end_bytes(), SegmentUse::kUnknown, element.name);
  }
  builder.to(dump.declared_bytes, SegmentUse::kUnknown);
  builder.to(dump.size_bytes, SegmentUse::kForeign);
  return clipped(builder.take(), dump.size_bytes);
}

Result<BlobMapReport> blob_map(const Context& context, const BlobImage& where) {
  Result<BlobDumpReport> dump = blob_dump(context, {where});
  if (!dump) return dump.error();
  BlobMapReport report{*std::move(dump), {}};
  report.segments = segments_of(report.dump);
  return report;
}

std::string to_json(const BlobMapReport& report) {
  json::Writer writer = begin_document("blob.map");
  writer.member("image", report.dump.image).member("image_bytes", report.dump.size_bytes);
  writer.member("declared_bytes", report.dump.declared_bytes).member("seed_layout", report.dump.seed_layout);
  writer.key("segments").begin_array();
  for (const Segment& segment : report.segments) {
    writer.begin_object().member("begin_bytes", segment.begin_bytes).member("size_bytes", segment.size_bytes);
    writer.member("what", to_string(segment.use)).key("entry");
    segment.entry.empty() ? writer.null() : writer.string(segment.entry);
    writer.key("slot");
    segment.slot ? writer.string(*segment.slot == 0 ? "a" : "b") : writer.null();
    writer.end_object();
  }
  writer.end_array();
  write_findings(writer, report.dump.findings);
  return writer.end_object().take();
}

}  // namespace nonvol::api
