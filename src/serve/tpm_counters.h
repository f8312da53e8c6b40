#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"

namespace nonvol::serve {

// What a TPM emulator did since its image was made. It stands in a plain entry, written in place now and then
// and without a flush of its own: nothing depends on it, and a power cut may take the last of it.
struct TpmCounters {
  static constexpr std::string_view kEntryName = "tpm-counters";
  static constexpr std::uint64_t kEntryBytes = 4096;

  std::uint64_t starts = 0;                  // of the TPM: INIT
  std::uint64_t stores = 0;                  // updates of an entry, each with a flush
  std::uint64_t stored_bytes = 0;            // of state in them
  std::uint64_t unchanged = 0;               // stores of what was there already, which wrote nothing
  std::uint64_t failed = 0;                  // stores that failed
  std::uint64_t delayed = 0;                 // answers that waited because of the limit
  std::uint64_t delayed_us = 0;              // for how long
  std::uint64_t limit_bytes_per_second = 0;  // of the last emulator; 0: none
  std::string library_version;               // of the last emulator: "0.9.2"
};

// As many bytes as the entry has. Error: kVisitorField.
Result<std::vector<std::uint8_t>> encode_counters(TpmCounters counters);
// Of an entry that nothing was written to: all zero. Error: kVisitorField, also of a torn one.
Result<TpmCounters> decode_counters(octets::Bytes bytes);

}  // namespace nonvol::serve
