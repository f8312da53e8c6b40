#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "flash/variable_store.h"
#include "outcome/error.h"
#include "variable/variable.h"

namespace nonvol::flash {

// What can be had of the record area of a damaged store.
struct Salvage {
  // What to write in place of the area: every record that can be read, in order, dead ones included, then
  // 0xff. The area as it is where `steps` is empty.
  std::vector<std::uint8_t> area;
  // What was mended or given up, one finding each; empty where the chain of records needs nothing. Severity
  // "error" says that something is lost.
  std::vector<Finding> steps;
};

// Goes through a record area as the firmware does, and on where the firmware stops: behind damage it looks
// for the next place where a record certainly begins. A record whose start mark or one of whose sizes is
// damaged is mended if the rest of it and the place of its neighbour leave one answer. `area_offset_bytes` is
// where the area lies in its file; it appears in messages. `wants_whole_names`: a record whose name is too
// short, odd or without a NUL is given up, since ARM firmware erases a store that has one.
Salvage salvage_records(const std::string& file_name, octets::Bytes area, HeaderKind kind,
                        std::uint64_t area_offset_bytes, bool wants_whole_names);

// The kind of the area's record headers. What the store's signature `claims` is believed unless only the
// other kind gives live variables; where it claims nothing, the kind under which more records make sense.
HeaderKind kind_of_records(octets::Bytes area, std::optional<HeaderKind> claims);

// The records of an area as the firmware walks them, with whatever header stands before it.
VariableStore walked(const std::string& file_name, octets::Bytes area, HeaderKind kind,
                     std::uint64_t area_offset_bytes);

// The live variables' vendors and names, in order.
std::vector<variable::Identity> live_identities(const VariableStore& store);

}  // namespace nonvol::flash
