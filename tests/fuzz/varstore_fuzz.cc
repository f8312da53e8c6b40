// Feeds the variable store reader a file made of the input, and then looks at everything it says.
//
// Input: byte 0 options, byte 1 what the file is filled up with, bytes 2 and 3 how far (in 4 KiB), bytes 4 to
// 7 where it ends early (option bit 1); the rest is the beginning of the file. So stores of real sizes grow
// from inputs of a few hundred bytes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "flash/store_reader.h"

namespace {

using namespace nonvol;

constexpr std::size_t kPrefixBytes = 8;
constexpr std::uint64_t kLargestFileBytes = 2 << 20;

// Not assert(): that is gone in release builds, and the seeds are replayed there too.
void require(bool condition) {
  if (!condition) std::abort();
}

struct File {
  octets::Bytes front;
  std::uint8_t fill;
  std::uint64_t size_bytes;     // as the reader is told
  std::uint64_t ends_at_bytes;  // as reading it shows

  std::vector<std::uint8_t> read(flash::Range range) const {
    const std::uint64_t end = std::min(range.offset_bytes + range.size_bytes, ends_at_bytes);
    std::vector<std::uint8_t> bytes;
    if (end <= range.offset_bytes) return bytes;
    bytes.assign(end - range.offset_bytes, fill);
    if (range.offset_bytes < front.size()) {
      const octets::Bytes part = front.subspan(range.offset_bytes);
      std::ranges::copy(part.first(std::min(part.size(), bytes.size())), bytes.begin());
    }
    return bytes;
  }
};

void look_at(const flash::VariableStore& store, std::uint64_t read_bytes, bool thorough) {
  std::uint64_t sum = store.capacity_bytes() + store.layout->name.size();
  require(store.records_begin_bytes <= store.records_end_bytes);
  require(store.records_end_bytes <= store.store_end_bytes);
  require(store.store_end_bytes <= store.file_size_bytes);
  constexpr std::uint64_t kStep = 64 * 1024;
  require(thorough || read_bytes <= (store.records_end_bytes + kStep - 1) / kStep * kStep + 68 * 1024);
  std::uint64_t next = store.records_begin_bytes;
  for (const flash::Record& record : store.records) {
    require(record.offset_bytes == next && record.size_bytes >= flash::record_header_size_bytes(store.kind));
    next += record.size_bytes;
    require(store.data(record).size() == record.data.size_bytes);
    require(store.name_utf16(record).size() == record.name_utf16.size_bytes);
    require(octets::is_utf8(record.name.text));
    require(record.is_hole || !record.fits || record.data.size_bytes == record.data_size_bytes);
    sum += flash::state_name(record.state).size() + record.vendor.text().size();
    if (record.timestamp) sum += variable::rfc3339(*record.timestamp).value_or("").size();
  }
  require(next <= store.store_end_bytes);
  const std::vector<const flash::Record*> live = flash::live_variables(store);
  require(live.size() <= store.records.size());
  for (const flash::Record* record : live) require(!record->is_hole && record->fits);
  for (const Finding& finding : store.findings) {
    sum += finding.message.size() + finding.place.text().size();
    require(!finding.message.empty() && !finding.hint.empty());
  }
  require(sum != 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  if (size_bytes < kPrefixBytes) return 0;
  octets::Reader prefix(octets::Bytes(data, kPrefixBytes));
  const std::uint8_t options = prefix.u8("options");
  const std::uint8_t fill = prefix.u8("fill");
  const std::uint64_t filled_bytes = std::uint64_t{prefix.u16("size")} * 4096;
  const std::uint64_t ends_at_bytes = prefix.u32("end");
  File file{octets::Bytes(data, size_bytes).subspan(kPrefixBytes), fill, 0, 0};
  file.size_bytes = std::max<std::uint64_t>(file.front.size(), std::min(filled_bytes, kLargestFileBytes));
  file.ends_at_bytes = (options & 2) != 0 ? std::min(ends_at_bytes, file.size_bytes) : file.size_bytes;

  const bool thorough = (options & 1) != 0;
  flash::StoreReader reader("fuzz.fd", file.size_bytes, {.thorough = thorough});
  std::uint64_t read_bytes = 0;
  int turns = 0;
  while (const auto range = reader.wants()) {
    require(++turns < 1000 && range->size_bytes > 0);
    require(range->offset_bytes + range->size_bytes <= file.size_bytes);
    const std::vector<std::uint8_t> bytes = file.read(*range);
    read_bytes += bytes.size();
    reader.feed(bytes);
  }
  const auto store = std::move(reader).finish();
  if (store) {
    look_at(*store, read_bytes, thorough);
  } else {
    require(!store.error().message.empty() && !store.error().place.empty());
    require(store.error().id != ErrorId::kImpossible);
  }
  return 0;
}
