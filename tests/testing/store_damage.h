#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "testing/store_builder.h"

// What can go wrong with a variable store, for the tests of what firmware does with it and of repairs. The
// rows are those of tests/e2e/damage_rows.py, where real firmware meets them; like that table it knows the
// format by itself.
namespace nonvol::test_stores {

// Six variables "Probe0" to "Probe5"; record-level damage is done to Probe2.
struct ProbeStore {
  Shape shape;
  ByteVector bytes;
  std::vector<std::uint64_t> records;  // offsets
  std::uint64_t end_bytes = 0;         // behind the last record
  std::uint64_t working_bytes = 0;     // offset of the write queue
  std::uint64_t spare_bytes = 0;       // offset of the spare area
  std::uint64_t variables_end_bytes = 0;
};
ProbeStore probe_store(const Shape& shape);
std::vector<std::string> probe_names();

// Leaves what a rewriting of the store does that was stopped once the spare area was complete.
void leave_pending(ProbeStore& store, bool spare_complete = true, bool target_complete = false);

struct Damage {
  std::string_view name;
  std::function<void(ProbeStore&)> apply;
  std::vector<std::string> unsaved = {};  // probes that no repair brings back
};
const std::vector<Damage>& damages();
const Damage& damage(std::string_view name);
ByteVector damaged(const Shape& shape, std::string_view name);

}  // namespace nonvol::test_stores
