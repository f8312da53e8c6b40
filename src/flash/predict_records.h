#pragma once

#include <optional>
#include <string>
#include <vector>

#include "flash/predict.h"
#include "flash/repair_headers.h"

namespace nonvol::flash {

// What becomes of the records once the drivers below are content with the headers.
struct RecordFate {
  Prediction::Outcome outcome = Prediction::Outcome::kKeeps;
  std::vector<variable::Identity> live;
  std::uint64_t walk_end_bytes = 0;  // in the volume
  std::vector<Finding> reasons;      // without hints
};

// The variable driver's walk (VariableNonVolatile.c: InitNonVolatileVariableStore; VariableParsing.c), and
// what records do to it whose sizes it believes. The headers of `volume` were found good.
RecordFate fate_of_records(const std::string& file_name, octets::Bytes volume, const Layout& layout,
                           bool smm);

// What only ARM's flash driver checks (VirtNorFlashFvb.c: ValidateFvHeader), beside the volume header: the
// store header, and since edk2-stable202402 every record.
std::optional<HeaderFault> arm_store_fault(const std::string& file_name, octets::Bytes volume,
                                           const Layout& layout, bool accepts_plain);
std::optional<HeaderFault> arm_record_fault(const std::string& file_name, octets::Bytes volume);

}  // namespace nonvol::flash
