#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "flash/layout.h"
#include "octets/reader.h"
#include "outcome/result.h"

namespace nonvol::flash {

// How to make a damaged store one that its firmware takes, with every variable that can be read.
struct RepairPlan {
  const Layout* layout = nullptr;
  // What is done and why, one finding each, in order; "error" says that something is lost. Empty: nothing is
  // wrong, or nothing that the firmware does not set right by itself.
  std::vector<Finding> steps;
  std::vector<std::uint8_t> bytes;    // the new beginning of the file: the whole volume
  std::uint64_t file_size_bytes = 0;  // of the new file; what lies between keeps its bytes
  std::uint64_t live_before = 0;      // variables that a reader sees before, 0 where headers stop it
  std::uint64_t live_after = 0;
};

// `file` is the whole file or its first bytes, at least the volume where the file has one. `expected`: the
// layout of the firmware that the store is for; null where that is not known and the file is to tell. Changes
// nothing: the caller writes `bytes`, and keeps the original. A record that is live for the firmware and can
// be read is in the result; one that is not live stays dead.
Result<RepairPlan> plan_repair(const std::string& file_name, octets::Bytes file,
                               std::uint64_t file_size_bytes, const Layout* expected);

}  // namespace nonvol::flash
