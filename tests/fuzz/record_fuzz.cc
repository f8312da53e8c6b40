#include <cstdlib>

#include "guest/record.h"

// Whatever is read as a record can be written, reads back the same, and names no other guest's store.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace nonvol::guest;
  const std::string_view text(reinterpret_cast<const char*>(data), size_bytes);
  const auto record = parse_record(text, "guest.json");
  if (!record) return 0;
  const auto again = parse_record(write_record(*record), "guest.json");
  if (!again || *again != *record) std::abort();
  if (record->nvram && record->nvram->file.find('/') != std::string::npos) std::abort();
  return 0;
}
