#include <fmt/format.h>

#include <algorithm>

#include "cli/text.h"
#include "cli/text_blob_view.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

using api::Segment;
using api::SegmentUse;
using octets::with_commas;

// In the order of the legend.
struct Kind {
  SegmentUse use;
  MapLook look;
};
constexpr Kind kKinds[] = {
    {SegmentUse::kFraming, {'=', "#1a1a1a", "framing: tags, lengths, names"}},
    {SegmentUse::kNewest, {'#', "#1f5fa8", "slot in use: what reading gives"}},
    {SegmentUse::kOlder, {'o', "url(#older)", "older or unchecked content of a slot"}},
    {SegmentUse::kFree, {'.', "#ffffff", "free in a slot"}},
    {SegmentUse::kPlain, {'P', "url(#plain)", "plain blob"}},
    {SegmentUse::kSlack, {'-', "url(#slack)", "slack: belongs to no entry"}},
    {SegmentUse::kDamaged, {'!', "url(#damaged)", "damaged slot"}},
    {SegmentUse::kUnknown, {'?', "#9a9a9a", "cannot be told"}},
    {SegmentUse::kMissing, {'x', "url(#missing)", "missing: behind the end of the file"}},
    {SegmentUse::kForeign, {'+', "url(#foreign)", "foreign: behind the end of the image"}},
};

std::span<const MapLook> looks() {
  static const std::vector<MapLook> all = [] {
    std::vector<MapLook> result;
    for (const Kind& kind : kKinds) result.push_back(kind.look);
    return result;
  }();
  return all;
}

std::size_t look_of(SegmentUse use) {
  return static_cast<std::size_t>(std::ranges::find(kKinds, use, &Kind::use) - std::begin(kKinds));
}

// The blob of one entry, or each of its slots, to its own scale.
std::string lanes_of(const ByteMap& map, const api::EntryDump& entry) {
  std::string result = fmt::format("'{}' at 0x{:x}\n", printable(entry.name), entry.offset_bytes);
  if (entry.slots.empty()) {
    return result + map_lane(map, "blob", entry.offset_bytes, entry.content_bytes,
                             fmt::format("{} bytes", with_commas(entry.content_bytes)));
  }
  for (const api::SlotDump& slot : entry.slots) {
    std::string words = fmt::format("{}", to_string(slot.verdict));
    if (slot.verdict == api::SlotVerdict::kValid || slot.verdict == api::SlotVerdict::kUnchecked) {
      words = fmt::format("gen {}, {}", slot.header.generation, with_commas(slot.header.length_bytes));
    }
    const std::uint64_t room_bytes = entry.info
                                         ? entry.info->capacity_bytes
                                         : slot.size_bytes - std::min(slot.size_bytes, std::uint64_t{64});
    words += fmt::format(" of {}", with_commas(room_bytes));
    result += map_lane(map, slot.index == 0 ? "slot A" : "slot B", slot.offset_bytes, slot.size_bytes, words);
  }
  return result;
}

}  // namespace

ByteMap byte_map_of(const api::BlobMapReport& report) {
  ByteMap map{looks(), {}};
  for (const Segment& segment : report.segments) {
    std::string whose;
    if (!segment.entry.empty()) whose = fmt::format("'{}'", segment.entry);
    if (segment.slot) whose += *segment.slot == 0 ? ", slot A" : ", slot B";
    map.pieces.push_back({segment.begin_bytes, segment.size_bytes, look_of(segment.use), std::move(whose)});
  }
  return map;
}

std::string text_of(const api::BlobMapReport& report, std::size_t width) {
  const api::BlobDumpReport& dump = report.dump;
  const ByteMap map = byte_map_of(report);
  std::string result =
      fmt::format("{}: {} bytes, {}\n\n", printable(dump.image), with_commas(dump.size_bytes),
                  dump.seed_layout ? "the seed's layout" : "extended layout");
  result += map_rows(map, width) + '\n';
  if (dump.directory_entry) result += lanes_of(map, *dump.directory_entry);
  for (const api::EntryDump& entry : dump.entries) result += lanes_of(map, entry);
  return result + '\n' + map_legend(map);
}

}  // namespace nonvol::cli
