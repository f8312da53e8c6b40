#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "flash/variable_store.h"

namespace nonvol::flash {

// What a stretch of a store file is for.
enum class RegionUse : std::uint8_t {
  kHeaders,   // of the volume and of the store
  kLive,      // the record that the firmware would find
  kDead,      // deleted, replaced, or never finished
  kHole,      // a header that was never filled in; the firmware steps over it
  kDamaged,   // a record whose sizes leave the store
  kFree,      // erased: the next record goes there
  kRest,      // behind the last record, not erased
  kEventLog,  // of this area and the next two: up to the last byte that is not erased
  kEventLogErased,
  kWorking,  // the fault-tolerant write's queue
  kWorkingErased,
  kSpare,  // what it saved before it touched the store
  kSpareErased,
  kPadding,  // behind the volume, all 00 or all FF
  kForeign,  // behind the volume, and no padding: the firmware's code in a combined image
  kUnknown,  // of the volume of a layout that is not known
  kBlank,    // the firmware has not formatted it yet
};
std::string_view to_string(RegionUse use);  // "headers", "live", ...

struct Region {
  std::uint64_t begin_bytes = 0;
  std::uint64_t size_bytes = 0;
  RegionUse use = RegionUse::kUnknown;
  std::optional<std::size_t> record = std::nullopt;  // of store.records
};

// All of the file in order, without gap or overlap. `store` was read with `thorough` and `as_stored`;
// `volume` is the file's bytes as far as the volume goes, and `padded` says what is behind it.
std::vector<Region> regions_of(const VariableStore& store, octets::Bytes volume, bool padded);

}  // namespace nonvol::flash
