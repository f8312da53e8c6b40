#include "cli/text_vars_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/byte_map.h"
#include "cli/text.h"
#include "cli/text_vars.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

using flash::Region;
using flash::RegionUse;
using octets::with_commas;

// In the order of RegionUse.
constexpr MapLook kLooks[] = {
    {'=', "#1a1a1a", "headers of the volume and of the store"},
    {'#', "#1f5fa8", "live records: what the firmware sees"},
    {'o', "url(#older)", "dead records: deleted, replaced or unfinished"},
    {'h', "url(#missing)", "holes: headers that were never filled in"},
    {'!', "url(#damaged)", "damaged record"},
    {'.', "#ffffff", "free: the next record goes there"},
    {'+', "url(#foreign)", "behind the records, and not erased"},
    {'E', "url(#plain)", "event log"},
    {'e', "#e3f3e8", "event log, erased"},
    {'W', "#6a3d9a", "working area: the queue of interrupted writes"},
    {'w', "#ece4f5", "working area, erased"},
    {'S', "#a85b00", "spare area: what a write saved before"},
    {'s', "#fbeedd", "spare area, erased"},
    {'-', "url(#slack)", "padding behind the volume"},
    {'C', "#5c5c5c", "behind the volume: firmware code, or foreign"},
    {'?', "#9a9a9a", "cannot be told: the layout is not known"},
    {'b', "#f7f7f7", "blank: the firmware will format it"},
};

ByteMap byte_map_of(const api::StoreMapReport& report) {
  ByteMap map{kLooks, {}};
  const flash::VariableStore& store = *report.contents.flash;
  for (const Region& region : report.regions) {
    std::string whose;
    if (region.record && !store.records[*region.record].name.text.empty()) {
      whose = fmt::format("'{}'", store.records[*region.record].name.text);
    }
    map.pieces.push_back(
        {region.begin_bytes, region.size_bytes, static_cast<std::size_t>(region.use), std::move(whose)});
  }
  return map;
}

// One part of the store to its own scale.
struct Lane {
  std::string_view label;  // at most six letters
  std::string_view name;
  flash::Range range;
  std::string words;
};

std::string records_text(std::size_t count, std::string_view kind = {}) {
  return fmt::format("{} {}record{}", count, kind, count == 1 ? "" : "s");
}

std::vector<Lane> lanes_of(const flash::VariableStore& store) {
  std::vector<Lane> lanes;
  if (store.blank != flash::Blank::kNo) return lanes;
  if (store.used_bytes() != 0) {
    lanes.push_back({"used",
                     "records",
                     {store.records_begin_bytes, store.used_bytes()},
                     fmt::format("{} bytes of {}, {}", with_commas(store.used_bytes()),
                                 with_commas(store.capacity_bytes()), records_text(store.records.size()))});
  }
  const auto add = [&](std::string_view label, std::string_view name, flash::Range range) {
    if (range.size_bytes == 0) return;
    lanes.push_back({label, name, range,
                     fmt::format("{} bytes from 0x{:x}", with_commas(range.size_bytes), range.offset_bytes)});
  };
  add("store", "store", {0, store.store_end_bytes});
  add("log", "event log", store.layout->event_log);
  add("work", "working area", store.layout->working);
  add("spare", "spare area", store.layout->spare);
  return lanes;
}

std::string heading_of(const flash::VariableStore& store) {
  return fmt::format("{}: {} bytes, layout {}", store.file_name, with_commas(store.file_size_bytes),
                     store.layout->name);
}

std::string written_text(const api::ConvertReport& report) {
  const varstore::Conversion& conversion = report.conversion;
  std::string text =
      fmt::format("{} variables of {} ({}) {} to {} ({})", conversion.variables.size(),
                  printable(report.source.path), report.from, report.dry_run ? "would be written" : "written",
                  printable(report.output), report.target.name);
  if (report.replaced)
    text += report.dry_run ? ", in the place of what is there" : ", in the place of the old file";
  return text + '\n';
}

}  // namespace

std::string text_of(const api::ConvertReport& report) {
  std::string text = written_text(report);
  if (report.capacity_bytes != 0) {
    text += fmt::format("  {} of {} bytes of the store are used\n", with_commas(report.used_bytes),
                        with_commas(report.capacity_bytes));
  }
  if (report.conversion.dead_records != 0) {
    text += fmt::format("  {} in the source alone\n", records_text(report.conversion.dead_records, "dead "));
  }
  return text + "  read back, and equal in every field\n";
}

std::string text_of(const api::StoreHistoryReport& report) {
  std::string text;
  for (const api::VariableHistory& history : report.variables) {
    text += fmt::format("{} ({})\n", printable(history.identity.name().text), history.identity.vendor.text());
    const variable::Variable* before = nullptr;
    for (const api::HistoryValue& value : history.values) {
      const std::string time = time_text(value.variable);
      text += fmt::format("  {:#08x} {}{} {} bytes{}{}\n", value.record->offset_bytes,
                          flash::state_name(value.record->state), value.live ? ", live:" : ":",
                          with_commas(value.variable.data.size()), time.empty() ? "" : ", ", time);
      if (before == nullptr) {
        text +=
            fmt::format("    {} {}\n", flags_of(value.variable.attributes), short_value(value.variable.data));
      } else {
        const std::string differences = differences_of(*before, value.variable);
        text += differences.empty() ? "    the same again\n" : differences;
      }
      before = &value.variable;
    }
  }
  if (report.unreadable != 0)
    text += fmt::format("{} without a readable name\n", records_text(report.unreadable));
  return text.empty() ? "no records\n" : text;
}

std::string text_of(const api::StoreMapReport& report, std::size_t width) {
  const flash::VariableStore& store = *report.contents.flash;
  const ByteMap map = byte_map_of(report);
  std::string text = printable(heading_of(store)) + "\n\n" + map_rows(map, width) + '\n';
  for (const Lane& lane : lanes_of(store)) {
    text += map_lane(map, lane.label, lane.range.offset_bytes, lane.range.size_bytes, lane.words);
  }
  return text + '\n' + map_legend(map);
}

std::string svg_of(const api::StoreMapReport& report) {
  const flash::VariableStore& store = *report.contents.flash;
  const ByteMap map = byte_map_of(report);
  MapPicture picture(map);
  picture.heading(heading_of(store));
  picture.whole_lane();
  for (const Lane& lane : lanes_of(store)) {
    picture.title(lane.name, lane.words);
    picture.lane(lane.range.offset_bytes, lane.range.size_bytes);
  }
  picture.legend();
  return picture.document(
      fmt::format("Variable store {}", store.file_name),
      fmt::format(
          "{} bytes, {} records; the first bar is the whole file to scale, each bar below it one part to its "
          "own scale.",
          with_commas(store.file_size_bytes), store.records.size()));
}

}  // namespace nonvol::cli
