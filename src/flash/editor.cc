#include "flash/editor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "flash/compose.h"
#include "flash/headers.h"
#include "flash/hints.h"
#include "flash/record_walk.h"
#include "flash/salvage.h"
#include "octets/text.h"

namespace nonvol::flash {
namespace {

bool is_same(const VariableStore& store, const Record& record, const variable::Variable& variable) {
  return variable_of(store, record) == variable;
}

Error not_editable(const VariableStore& store, std::string why) {
  return Error(ErrorId::kStoreNotEditable, fmt::format("{} is not edited: {}", store.file_name, why))
      .at(Place::in_file(store.file_name))
      .with_hint(repair_hint(store.file_name));
}

// The start of what the file will be where it is blank now.
Result<void> format(VariableStore& store) {
  if (store.layout->volume_bytes == 0 || store.layout->volume_bytes > store.file_size_bytes) {
    return not_editable(store, fmt::format("it is blank, and its {} bytes belong to no layout that is known",
                                           store.file_size_bytes));
  }
  store.bytes = blank_volume(*store.layout, HeaderKind::kAuthenticated);
  store.findings.clear();
  return read_headers(store);
}

}  // namespace

Result<StoreEditor> StoreEditor::begin(VariableStore store) {
  const auto damage = std::ranges::find(store.findings, Severity::kError, &Finding::severity);
  if (damage != store.findings.end()) {
    return not_editable(store, damage->message).with_note("the damage comes first");
  }
  const bool was_blank = store.blank != Blank::kNo;
  std::vector<std::uint8_t> before = store.bytes;
  if (was_blank) {
    before.assign(store.layout->volume_bytes, store.blank == Blank::kZero ? 0x00 : 0xff);
    if (auto formatted = format(store); !formatted) return formatted.error();
  }
  if (store.bytes.size() < store.store_end_bytes) {
    return Error(ErrorId::kImpossible,
                 fmt::format("{} was to be edited before it was read", store.file_name));
  }
  StoreEditor editor(std::move(store), std::move(before));
  editor.was_blank_ = was_blank;
  if (editor.store_.replayed) editor.finish_replay();
  editor.walk_again();
  if (auto checked = editor.check_last_record(); !checked) return checked.error();
  return editor;
}

// A last record that seems to end in 0xff may have a damaged size, and reach over others that nobody sees any
// more.
Result<void> StoreEditor::check_last_record() const {
  constexpr std::uint64_t kLookedAtBytes = 8;
  if (store_.records.empty() || store_.used_bytes() < kLookedAtBytes) return {};
  const octets::Bytes last = store_.at({store_.records_end_bytes - kLookedAtBytes, kLookedAtBytes / 2});
  if (!octets::all_equal(last, 0xff)) return {};
  const octets::Bytes area = store_.at({store_.records_begin_bytes, store_.capacity_bytes()});
  const Salvage salvage =
      salvage_records(store_.file_name, area, store_.kind, store_.records_begin_bytes, false);
  if (salvage.steps.empty()) return {};
  return not_editable(store_, salvage.steps.front().message);
}

// The bytes that stood there before the replay are not known any more: patches() writes all of it.
void StoreEditor::finish_replay() {
  before_.clear();
  for (const storage::Patch& patch : completion_of(*store_.replayed)) {
    if (patch.offset_bytes < store_.bytes.size()) store_.bytes[patch.offset_bytes] = patch.bytes.front();
  }
}

void StoreEditor::walk_again() {
  store_.records.clear();
  store_.records_end_bytes = store_.records_begin_bytes;
  std::erase_if(store_.findings,
                [](const Finding& finding) { return finding.id == ErrorId::kBytesAfterRecords; });
  walk_records(store_);
  check_tail(store_);
}

const Record* StoreEditor::find(const variable::Identity& identity) const {
  for (const Record* record : live_variables(store_)) {
    if (identity_of(store_, *record) == identity) return record;
  }
  return nullptr;
}

std::vector<Record*> StoreEditor::records_of(const variable::Identity& identity) {
  std::vector<Record*> result;
  for (Record& record : store_.records) {
    if (can_be_live(record) && identity_of(store_, record) == identity) result.push_back(&record);
  }
  return result;
}

Result<void> StoreEditor::check_limits(const variable::Variable& variable) const {
  const std::string name = variable.identity.name().text;
  constexpr std::uint32_t kKnown = 0xff & ~variable::attribute::kAppend;
  constexpr std::uint32_t kNeeded = variable::attribute::kNonVolatile | variable::attribute::kBootService;
  if (variable.data.empty() || (variable.attributes & ~kKnown) != 0 ||
      (variable.attributes & kNeeded) != kNeeded) {
    return Error(
               ErrorId::kNotStorable,
               fmt::format(
                   "variable '{}' would have {} bytes and the attributes {:#x}; a store holds none without data, "
                   "without {:#x}, or with others than {:#x}",
                   name, variable.data.size(), variable.attributes, kNeeded, kKnown))
        .at(Place::in_file(store_.file_name))
        .with_hint("nonvol help vars set");
  }
  const bool authenticated = (variable.attributes & (variable::attribute::kAuthenticated |
                                                     variable::attribute::kTimeBasedAuthenticated)) != 0;
  const std::uint64_t limit =
      authenticated ? store_.layout->authenticated_limit_bytes : store_.layout->variable_limit_bytes;
  const std::uint64_t needs = content_bytes_of(variable, store_.kind);
  if (limit != 0 && needs > limit) {
    return Error(
               ErrorId::kVariableTooLarge,
               fmt::format(
                   "variable '{}' would take {} bytes with header and name, firmware of the layout {} takes "
                   "{} at most for {}",
                   name, needs, store_.layout->name, limit,
                   authenticated ? "an authenticated one" : "one that is not authenticated"))
        .at(Place::in_file(store_.file_name))
        .with_hint("nonvol explain NV2304");
  }
  const bool has_more =
      variable.monotonic_count != 0 || variable.public_key_index != 0 || !octets::all_equal(variable.time, 0);
  if (store_.kind == HeaderKind::kPlain && (has_more || authenticated)) {
    return Error(ErrorId::kNotInPlainStore,
                 fmt::format(
                     "variable '{}' has a time stamp, a count, a key index or authenticated access, and the "
                     "records of {} have no place for them",
                     name, store_.file_name))
        .at(Place::in_file(store_.file_name))
        .with_hint("nonvol explain NV2306");
  }
  return {};
}

// Space for one more record at the end of the walk. What is still live of `identity` stays until the new one
// is there.
Result<EditOutcome> StoreEditor::make_room(std::uint64_t needed_bytes, const variable::Identity& identity) {
  const auto fits = [&] { return needed_bytes <= store_.store_end_bytes - store_.records_end_bytes; };
  const octets::Bytes behind(store_.bytes);
  const bool erased = octets::all_equal(
      behind.subspan(store_.records_end_bytes, store_.store_end_bytes - store_.records_end_bytes), 0xff);
  if (fits() && erased) return EditOutcome::kAppended;
  const std::uint64_t free_before = store_.store_end_bytes - store_.records_end_bytes;
  std::vector<std::uint8_t> kept = store_.bytes;
  if (auto done = compact(); !done) return done.error();
  if (fits()) return EditOutcome::kCompacted;
  Error full =
      Error(ErrorId::kStoreFull,
            fmt::format("variable '{}' needs {} bytes, {} has {} free ({} before its dead records went)",
                        identity.name().text, needed_bytes, store_.file_name,
                        store_.store_end_bytes - store_.records_end_bytes, free_before))
          .at(Place::in_file(store_.file_name))
          .with_hint("nonvol vars check " + octets::shell_path(store_.file_name));
  go_back_to(std::move(kept));
  return full;
}

void StoreEditor::go_back_to(std::vector<std::uint8_t> bytes) {
  store_.bytes = std::move(bytes);
  walk_again();
}

void StoreEditor::mark(Record& record, std::uint8_t state) {
  constexpr std::uint64_t kStateOffsetBytes = 2;
  record.state = state;
  store_.bytes[record.offset_bytes + kStateOffsetBytes] = state;
}

void StoreEditor::append(const std::vector<std::uint8_t>& record) {
  const std::uint64_t at = store_.records_end_bytes;
  const std::uint64_t size = std::min<std::uint64_t>(record.size(), store_.store_end_bytes - at);
  std::copy_n(record.begin(), size, store_.bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

Result<EditOutcome> StoreEditor::set(const variable::Variable& variable) {
  if (const Record* live = find(variable.identity); live != nullptr && is_same(store_, *live, variable)) {
    return EditOutcome::kNothing;
  }
  if (auto checked = check_limits(variable); !checked) return checked.error();
  // Where the old value alone stands in the way it is given up: both are in memory, and the file is replaced
  // whole.
  auto room = make_room(content_bytes_of(variable, store_.kind), variable.identity);
  if (!room && room.error().id == ErrorId::kStoreFull && find(variable.identity) != nullptr) {
    std::vector<std::uint8_t> kept = store_.bytes;
    if (auto removed = remove(variable.identity); !removed) return removed.error();
    room = make_room(content_bytes_of(variable, store_.kind), variable.identity);
    if (!room) go_back_to(std::move(kept));
  }
  if (!room) return room.error();
  const std::vector<Record*> old = records_of(variable.identity);
  append(encode_record(variable, store_.kind, state::kAdded));
  for (Record* record : old) mark(*record, state::kReplaced);
  walk_again();
  return *room;
}

Result<EditOutcome> StoreEditor::remove(const variable::Identity& identity) {
  const std::vector<Record*> old = records_of(identity);
  if (old.empty()) return EditOutcome::kNothing;
  for (Record* record : old) {
    mark(*record, record->state == state::kAdded ? state::kDeleted : state::kReplaced);
  }
  walk_again();
  return EditOutcome::kAppended;
}

Result<EditOutcome> StoreEditor::compact() {
  const std::vector<const Record*> live = live_variables(store_);
  std::vector<std::uint8_t> records;
  for (const Record* record : live) {
    const octets::Bytes bytes = store_.at({record->offset_bytes, record->size_bytes});
    records.insert(records.end(), bytes.begin(), bytes.end());
    // The padding of the last record of a full store can be cut off.
    records.resize((records.size() + 3) / 4 * 4, 0xff);
    records[records.size() - (record->size_bytes + 3) / 4 * 4 + 2] = state::kAdded;
  }
  const std::uint64_t room = store_.store_end_bytes - store_.records_begin_bytes;
  records.resize(room, 0xff);
  const auto begin = store_.bytes.begin() + static_cast<std::ptrdiff_t>(store_.records_begin_bytes);
  if (std::equal(records.begin(), records.end(), begin)) return EditOutcome::kNothing;
  std::ranges::copy(records, begin);
  walk_again();
  return EditOutcome::kCompacted;
}

std::vector<storage::Patch> StoreEditor::patches() const {
  // Gaps this short are cheaper to write than to step over, and a record's change reads as one.
  constexpr std::size_t kGapBytes = 16;
  std::vector<storage::Patch> result;
  const std::vector<std::uint8_t>& now = store_.bytes;
  const auto differs = [&](std::size_t i) { return i >= before_.size() || before_[i] != now[i]; };
  // Nearly all of a store is as it was: it is passed over in blocks.
  constexpr std::size_t kBlockBytes = 256;
  for (std::size_t i = 0; i < now.size();) {
    const std::size_t block = std::min(kBlockBytes, now.size() - i);
    if (i + block <= before_.size() && std::memcmp(&now[i], &before_[i], block) == 0) {
      i += block;
      continue;
    }
    if (!differs(i)) {
      ++i;
      continue;
    }
    std::size_t end = i + 1;
    for (std::size_t j = end; j < now.size() && j - end < kGapBytes; ++j) {
      if (differs(j)) end = j + 1;
    }
    const auto at = now.begin() + static_cast<std::ptrdiff_t>(i);
    result.push_back({i, {at, at + static_cast<std::ptrdiff_t>(end - i)}, was_blank_ ? "format" : "records"});
    i = end;
  }
  if (store_.replayed) {
    for (storage::Patch& patch : completion_of(*store_.replayed)) {
      if (patch.offset_bytes >= now.size()) result.push_back(std::move(patch));
    }
  }
  return result;
}

}  // namespace nonvol::flash
