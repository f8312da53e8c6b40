#include <fmt/format.h>

#include "cli/text_blob_view.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

using octets::with_commas;

void entry_lanes(MapPicture& picture, const api::EntryDump& entry) {
  picture.title(fmt::format("'{}' at 0x{:x}", entry.name, entry.offset_bytes),
                entry.info ? fmt::format("{}{}, capacity {} bytes", to_string(entry.info->kind),
                                         entry.info->encrypted ? ", encrypted" : "",
                                         with_commas(entry.info->capacity_bytes))
                           : fmt::format("{} bytes", with_commas(entry.content_bytes)));
  if (entry.slots.empty()) picture.lane(entry.offset_bytes, entry.content_bytes);
  for (const api::SlotDump& slot : entry.slots) {
    std::string words = fmt::format("slot {}: {}", slot.index == 0 ? 'A' : 'B', to_string(slot.verdict));
    if (slot.verdict == api::SlotVerdict::kValid || slot.verdict == api::SlotVerdict::kUnchecked) {
      words += fmt::format(", generation {}, {} bytes{}", slot.header.generation,
                           with_commas(slot.header.length_bytes), slot.newest ? ", newest" : "");
    }
    picture.line(words);
    picture.lane(slot.offset_bytes, slot.size_bytes);
  }
}

}  // namespace

std::string svg_of(const api::BlobMapReport& report) {
  const api::BlobDumpReport& dump = report.dump;
  const ByteMap map = byte_map_of(report);
  MapPicture picture(map);
  picture.heading(fmt::format("{}: {} bytes", dump.image, with_commas(dump.size_bytes)));
  picture.whole_lane();
  if (dump.directory_entry) entry_lanes(picture, *dump.directory_entry);
  for (const api::EntryDump& entry : dump.entries) entry_lanes(picture, entry);
  picture.legend();
  return picture.document(
      fmt::format("NVRAM image {}", dump.image),
      fmt::format("{} bytes, {} entries; the first bar is the whole image to scale, each bar below it one "
                  "blob or slot to its own scale.",
                  with_commas(dump.size_bytes), dump.entries.size()));
}

}  // namespace nonvol::cli
