#include "serve/tpm_counters.h"

#include <algorithm>

#include "vnvram/visitor.h"

namespace nonvol::serve {
namespace {

vnvram::Fields fields_of(TpmCounters& counters) {
  return [&counters](vnvram::Visitor& visitor) -> Result<void> {
    constexpr std::uint64_t kLongestVersion = 32;
    visitor.u64("starts", counters.starts);
    visitor.u64("stores", counters.stores);
    visitor.u64("stored_bytes", counters.stored_bytes);
    visitor.u64("unchanged", counters.unchanged);
    visitor.u64("failed", counters.failed);
    visitor.u64("delayed", counters.delayed);
    visitor.u64("delayed_us", counters.delayed_us);
    visitor.u64("limit_bytes_per_second", counters.limit_bytes_per_second);
    visitor.utf8("library_version", counters.library_version, kLongestVersion);
    return {};
  };
}

}  // namespace

Result<std::vector<std::uint8_t>> encode_counters(TpmCounters counters) {
  Result<std::vector<std::uint8_t>> bytes = vnvram::encode_fields(fields_of(counters));
  if (bytes) bytes->resize(TpmCounters::kEntryBytes);
  return bytes;
}

Result<TpmCounters> decode_counters(octets::Bytes bytes) {
  TpmCounters counters;
  if (std::ranges::all_of(bytes, [](std::uint8_t octet) { return octet == 0; })) return counters;
  Result<void> decoded = vnvram::decode_fields(bytes, vnvram::Behind::kFiller, fields_of(counters));
  if (!decoded) return decoded.error();
  return counters;
}

}  // namespace nonvol::serve
