#include <algorithm>

#include "flash/compose.h"
#include "flash/editor.h"

namespace nonvol::flash {
namespace {

constexpr std::uint64_t kStateOffsetBytes = 2;

// The one live record of a variable. nullopt where steps in place are not safe: with twins a state between
// would show an older value, and in a store that has more to it than records nothing is appended blindly.
struct Found {
  const Record* record = nullptr;
};
std::optional<Found> find_alone(const VariableStore& store, const variable::Identity& identity) {
  const auto harmless = [](const Finding& finding) { return finding.id == ErrorId::kStoreSize; };
  if (store.blank != Blank::kNo || store.replayed || !std::ranges::all_of(store.findings, harmless)) {
    return std::nullopt;
  }
  Found found;
  for (const Record& record : store.records) {
    if (!can_be_live(record) || identity_of(store, record) != identity) continue;
    if (found.record != nullptr || record.state != state::kAdded) return std::nullopt;
    found.record = &record;
  }
  return found;
}

storage::Patch state_patch(std::uint64_t record_offset_bytes, std::uint8_t state, std::string_view reason) {
  return {record_offset_bytes + kStateOffsetBytes, {state}, reason};
}

}  // namespace

std::vector<InPlaceStep> set_in_place(const VariableStore& store, const variable::Variable& variable) {
  const std::optional<Found> found = find_alone(store, variable.identity);
  const std::uint64_t at = store.records_end_bytes;
  if (!found || content_bytes_of(variable, store.kind) > store.store_end_bytes - at) return {};
  const octets::Bytes free = store.at({at, store.store_end_bytes - at});
  if (free.empty() || !octets::all_equal(free, 0xff)) return {};
  // Until its state is written the record counts as 60 bytes, and what follows them must not look like
  // another one.
  std::vector<std::uint8_t> record = encode_record(variable, store.kind, state::kUnwritten);
  const std::uint64_t header_bytes = record_header_size_bytes(store.kind);
  if (record[header_bytes] == 0xaa && record[header_bytes + 1] == 0x55) return {};
  record.resize(std::min<std::uint64_t>(record.size(), store.store_end_bytes - at));

  std::vector<InPlaceStep> steps(2);
  if (found->record != nullptr) {
    steps[0].writes.push_back(state_patch(found->record->offset_bytes, state::kInDeleteTransition,
                                          "old value: in delete transition"));
  }
  steps[0].writes.push_back({at, std::move(record), "new value, not valid yet"});
  steps[1].writes.push_back(state_patch(at, state::kAdded, "new value: added"));
  if (found->record != nullptr) {
    // Nobody waits for it: beside its "added" twin the old record is dead either way.
    steps.push_back(
        {{state_patch(found->record->offset_bytes, state::kReplaced, "old value: replaced")}, false});
  }
  return steps;
}

std::vector<InPlaceStep> remove_in_place(const VariableStore& store, const variable::Identity& identity) {
  const std::optional<Found> found = find_alone(store, identity);
  if (!found || found->record == nullptr) return {};
  return {{{state_patch(found->record->offset_bytes, state::kDeleted, "deleted")}, true}};
}

}  // namespace nonvol::flash
