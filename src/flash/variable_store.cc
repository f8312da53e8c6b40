#include "flash/variable_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <compare>
#include <cstring>

namespace nonvol::flash {
namespace {

// Vendor GUID and name lie side by side in both kinds of header, so that one view is the whole identity.
octets::Bytes identity(const VariableStore& store, const Record& record) {
  constexpr std::uint64_t kGuidSizeBytes = 16;
  return store.at(
      {record.name_utf16.offset_bytes - kGuidSizeBytes, kGuidSizeBytes + record.name_utf16.size_bytes});
}

std::strong_ordering compare(octets::Bytes a, octets::Bytes b) {
  const int order = std::memcmp(a.data(), b.data(), std::min(a.size(), b.size()));
  return order != 0 ? order <=> 0 : a.size() <=> b.size();
}

}  // namespace

bool can_be_live(const Record& record) {
  return (record.state == state::kAdded || record.state == state::kInDeleteTransition) && !record.is_hole &&
         record.fits && record.name_utf16.size_bytes > 0;
}

bool is_known_state(std::uint8_t state) {
  switch (state) {
    case state::kUnwritten:
    case state::kHeaderOnly:
    case state::kAdded:
    case state::kInDeleteTransition:
    case state::kDeleted:
    case state::kReplaced:
      return true;
    default:
      return false;
  }
}

std::string state_name(std::uint8_t state) {
  switch (state) {
    case state::kUnwritten:
      return "unwritten";
    case state::kHeaderOnly:
      return "header only";
    case state::kAdded:
      return "added";
    case state::kInDeleteTransition:
      return "in delete transition";
    case state::kDeleted:
      return "deleted";
    case state::kReplaced:
      return "replaced";
    default:
      return fmt::format("unknown (0x{:02x})", state);
  }
}

std::uint64_t record_header_size_bytes(HeaderKind kind) {
  return kind == HeaderKind::kAuthenticated ? 60 : 32;
}

octets::Bytes VariableStore::at(Range range) const {
  if (range.offset_bytes > bytes.size() || range.size_bytes > bytes.size() - range.offset_bytes) return {};
  return octets::Bytes(bytes).subspan(range.offset_bytes, range.size_bytes);
}

std::vector<const Record*> live_variables(const VariableStore& store) {
  struct Candidate {
    octets::Bytes identity;
    const Record* record;
  };
  std::vector<Candidate> candidates;
  for (const Record& record : store.records) {
    if (can_be_live(record)) candidates.push_back({identity(store, record), &record});
  }
  // Sorting instead of hashing: a hostile store cannot make it quadratic. The records of one variable stay in
  // file order, which is the order of the pointers.
  std::ranges::sort(candidates, [](const Candidate& a, const Candidate& b) {
    const std::strong_ordering order = compare(a.identity, b.identity);
    return order != 0 ? order < 0 : a.record < b.record;
  });
  std::vector<const Record*> live;
  for (std::size_t i = 0; i < candidates.size();) {
    const Record* first_added = nullptr;
    const Record* last_in_transition = nullptr;
    const octets::Bytes same = candidates[i].identity;
    for (; i < candidates.size() && compare(candidates[i].identity, same) == 0; ++i) {
      const Record* record = candidates[i].record;
      if (record->state == state::kInDeleteTransition) {
        last_in_transition = record;
      } else if (first_added == nullptr) {
        first_added = record;
      }
    }
    live.push_back(first_added != nullptr ? first_added : last_in_transition);
  }
  std::ranges::sort(live, {}, &Record::offset_bytes);
  return live;
}

variable::Identity identity_of(const VariableStore& store, const Record& record) {
  constexpr std::uint64_t kNulBytes = 2;
  const octets::Bytes name = store.name_utf16(record);
  const bool has_nul = name.size() >= kNulBytes && name[name.size() - 1] == 0 && name[name.size() - 2] == 0;
  const octets::Bytes text = has_nul ? name.first(name.size() - kNulBytes) : name;
  return {record.vendor, {text.begin(), text.end()}};
}

variable::Variable variable_of(const VariableStore& store, const Record& record) {
  variable::Variable result;
  result.identity = identity_of(store, record);
  result.attributes = record.attributes;
  const octets::Bytes data = store.data(record);
  result.data.assign(data.begin(), data.end());
  if (record.timestamp) result.time = record.timestamp->raw;
  result.monotonic_count = record.monotonic_count;
  result.public_key_index = record.public_key_index;
  return result;
}

std::vector<variable::Variable> variables_of(const VariableStore& store) {
  std::vector<variable::Variable> result;
  for (const Record* record : live_variables(store)) result.push_back(variable_of(store, *record));
  return result;
}

}  // namespace nonvol::flash
