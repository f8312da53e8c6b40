#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "outcome/result.h"
#include "vnvram/image.h"

namespace nonvol::vnvram {

struct CheckOptions {
  bool scrub = false;  // read everything: older slots, plain blobs, and decrypt what can be
  std::map<std::string, std::uint64_t> expected_generations = {};
};

struct CheckReport {
  std::vector<Finding> findings;
  std::uint64_t entries = 0;
  std::uint64_t slots_read = 0;
  std::uint64_t damaged_slots = 0;
  std::uint64_t read_bytes = 0;
};

// Compares directory and framing, verifies slots, and compares pinned generations. Findings: kSlotDamaged,
// kBlobDamaged, kOlderGeneration, kGenerationPin, kBlobNotAuthentic, kNvramDirectory (entries that the
// directory or the framing alone has), kNvramDuplicateName (in the framing), kTwoKeys, kNoSuchEntry (pinned,
// not there). Errors: those of reading.
Result<CheckReport> check(Image& image, const CheckOptions& options);

}  // namespace nonvol::vnvram
