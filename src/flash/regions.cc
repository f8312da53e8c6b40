#include "flash/regions.h"

#include <algorithm>

namespace nonvol::flash {
namespace {

// Appends regions one behind the other.
class Builder {
 public:
  void to(std::uint64_t end_bytes, RegionUse use, std::optional<std::size_t> record = std::nullopt) {
    if (end_bytes <= end_) return;
    regions_.push_back({end_, end_bytes - end_, use, record});
    end_ = end_bytes;
  }
  std::uint64_t end_bytes() const { return end_; }
  std::vector<Region> take() { return std::move(regions_); }

 private:
  std::uint64_t end_ = 0;
  std::vector<Region> regions_;
};

RegionUse use_of(const Record& record, bool live) {
  if (live) return RegionUse::kLive;
  if (record.is_hole) return RegionUse::kHole;
  return record.fits ? RegionUse::kDead : RegionUse::kDamaged;
}

// Up to its last byte that is not erased the area is `use`.
void add_area(Builder& builder, octets::Bytes volume, std::uint64_t end_bytes, RegionUse use,
              RegionUse erased) {
  const std::uint64_t begin = std::min<std::uint64_t>(builder.end_bytes(), volume.size());
  const octets::Bytes area = volume.subspan(begin, std::min<std::uint64_t>(end_bytes, volume.size()) - begin);
  const auto last = std::find_if(area.rbegin(), area.rend(), [](std::uint8_t byte) { return byte != 0xff; });
  builder.to(begin + static_cast<std::uint64_t>(area.rend() - last), use);
  builder.to(end_bytes, erased);
}

void add_records(Builder& builder, const VariableStore& store) {
  const std::vector<const Record*> live = live_variables(store);
  auto next_live = live.begin();  // in file order, as the records are
  for (std::size_t i = 0; i < store.records.size(); ++i) {
    const Record& record = store.records[i];
    const bool is_live = next_live != live.end() && *next_live == &record;
    if (is_live) ++next_live;
    builder.to(record.offset_bytes, RegionUse::kUnknown);
    // A record that does not fit has no end; what the walk left is shown behind it.
    const std::uint64_t end_bytes = record.fits ? record.offset_bytes + record.size_bytes
                                                : record.offset_bytes + record_header_size_bytes(store.kind);
    builder.to(std::min(end_bytes, store.store_end_bytes), use_of(record, is_live), i);
  }
}

}  // namespace

std::string_view to_string(RegionUse use) {
  static constexpr std::string_view kWords[] = {"headers",      "live",           "dead",
                                                "hole",         "damaged",        "free",
                                                "rest",         "event-log",      "event-log-erased",
                                                "working",      "working-erased", "spare",
                                                "spare-erased", "padding",        "foreign",
                                                "unknown",      "blank"};
  return kWords[static_cast<std::size_t>(use)];
}

std::vector<Region> regions_of(const VariableStore& store, octets::Bytes volume, bool padded) {
  Builder builder;
  if (store.blank != Blank::kNo) {
    builder.to(store.file_size_bytes, RegionUse::kBlank);
    return builder.take();
  }
  builder.to(store.records_begin_bytes, RegionUse::kHeaders);
  add_records(builder, store);
  add_area(builder, volume, store.store_end_bytes, RegionUse::kRest, RegionUse::kFree);
  const Layout& layout = *store.layout;
  const std::uint64_t volume_end = std::min(store.volume.length_bytes, store.file_size_bytes);
  if (layout.volume_bytes != 0) {
    struct Area {
      Range range;
      RegionUse use;
      RegionUse erased;
    };
    // In the order in which every layout has them.
    for (const Area& area : {Area{layout.event_log, RegionUse::kEventLog, RegionUse::kEventLogErased},
                             Area{layout.working, RegionUse::kWorking, RegionUse::kWorkingErased},
                             Area{layout.spare, RegionUse::kSpare, RegionUse::kSpareErased}}) {
      if (area.range.size_bytes == 0) continue;
      builder.to(area.range.offset_bytes, RegionUse::kUnknown);
      add_area(builder, volume, area.range.offset_bytes + area.range.size_bytes, area.use, area.erased);
    }
  }
  builder.to(volume_end, RegionUse::kUnknown);
  builder.to(store.file_size_bytes, padded ? RegionUse::kPadding : RegionUse::kForeign);
  return builder.take();
}

}  // namespace nonvol::flash
