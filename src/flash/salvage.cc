#include "flash/salvage.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "flash/hints.h"
#include "flash/record_walk.h"
#include "octets/text.h"

namespace nonvol::flash {
namespace {

using octets::Bytes;

constexpr std::uint16_t kStartMark = 0x55aa;
constexpr std::uint32_t kUnwrittenField = 0xffffffff;
constexpr std::uint64_t kAlignmentBytes = 4;
constexpr std::uint64_t kSmallestNameBytes = 4;  // one character and the NUL
constexpr std::uint8_t kErased = 0xff;
// The attributes that UEFI 2.10, 8.2.1 defines take the lowest eight bits.
constexpr std::uint32_t kLargestAttributes = 0xff;

std::uint64_t aligned(std::uint64_t offset_bytes) {
  return (offset_bytes + kAlignmentBytes - 1) / kAlignmentBytes * kAlignmentBytes;
}

// The fields of a record header that say where things are, at `at` in the area.
struct Fields {
  std::uint64_t at = 0;
  std::uint16_t mark = 0;
  std::uint8_t state = 0;
  std::uint8_t reserved = 0;
  std::uint32_t attributes = 0;
  std::uint32_t name_bytes = 0;
  std::uint32_t data_bytes = 0;
};

// Where a damaged record's room ends: at the next record, or where the rest of the area is erased.
struct Limit {
  std::uint64_t at = 0;
  bool is_record = false;
};

class Salvager {
 public:
  Salvager(const std::string& file_name, Bytes area, HeaderKind kind, std::uint64_t area_offset_bytes,
           bool wants_whole_names)
      : file_name_(file_name),
        area_(area),
        kind_(kind),
        base_bytes_(area_offset_bytes),
        wants_whole_names_(wants_whole_names),
        header_bytes_(record_header_size_bytes(kind)),
        name_size_at_(kind == HeaderKind::kAuthenticated ? 0x24 : 0x08) {
    erased_from_ = area.size();
    while (erased_from_ > 0 && area[erased_from_ - 1] == kErased) --erased_from_;
  }

  Salvage run();
  std::uint64_t records_that_make_sense() const;

 private:
  Fields fields(std::uint64_t at) const;
  bool has_header(std::uint64_t at) const { return at + header_bytes_ <= area_.size(); }
  std::uint64_t end_of(const Fields& it) const {
    return it.at + header_bytes_ + std::uint64_t{it.name_bytes} + it.data_bytes;
  }
  bool fits(const Fields& it) const { return end_of(it) <= area_.size(); }
  bool is_hole(const Fields& it) const;
  bool has_nul_at_name_end(const Fields& it) const;
  bool firmware_takes(const Fields& it) const;
  bool is_plausible(const Fields& it) const;
  bool is_anchored(std::uint64_t end) const;
  bool swallows_records(const Fields& it) const;
  bool stands_for_itself(const Fields& it, const Limit& limit) const;
  Limit limit_behind(std::uint64_t at) const;
  std::optional<Fields> mended(Fields it, const Limit& limit) const;
  std::uint64_t unmarked_record_before(std::uint64_t at, const Limit& limit) const;
  std::optional<std::uint32_t> name_bytes_by_nul(const Fields& it, std::uint64_t limit) const;
  std::string name_of(const Fields& it) const;

  std::uint64_t take_sound(Fields it);
  std::uint64_t take_damaged(const Fields& it);
  std::uint64_t pass_hole(const Fields& it);
  void report_mended(const Fields& was, const Fields& is);
  void give_up(const Fields& it, std::uint64_t next);
  bool write(const Fields& it);
  void step(ErrorId id, Severity severity, std::uint64_t at, std::string message);

  const std::string& file_name_;
  Bytes area_;
  HeaderKind kind_;
  std::uint64_t base_bytes_;
  bool wants_whole_names_;
  std::uint64_t header_bytes_;
  std::uint64_t name_size_at_;
  std::uint64_t erased_from_ = 0;  // nothing but 0xff from here on
  Salvage result_;
};

Fields Salvager::fields(std::uint64_t at) const {
  octets::Reader reader(area_.subspan(at, header_bytes_), base_bytes_ + at);
  Fields it;
  it.at = at;
  it.mark = reader.u16("start mark");
  it.state = reader.u8("state");
  it.reserved = reader.u8("reserved");
  it.attributes = reader.u32("attributes");
  if (kind_ == HeaderKind::kAuthenticated) reader.bytes("count, time stamp and key index", 28);
  it.name_bytes = reader.u32("name size");
  it.data_bytes = reader.u32("data size");
  return it;
}

// What edk2 takes for a record without name and data (NameSizeOfVariable, DataSizeOfVariable).
bool Salvager::is_hole(const Fields& it) const {
  return it.state == state::kUnwritten || it.attributes == kUnwrittenField ||
         it.name_bytes == kUnwrittenField || it.data_bytes == kUnwrittenField;
}

bool Salvager::has_nul_at_name_end(const Fields& it) const {
  if (it.name_bytes < kSmallestNameBytes || it.name_bytes % 2 != 0) return false;
  const std::uint64_t end = it.at + header_bytes_ + it.name_bytes;
  return end <= area_.size() && area_[end - 2] == 0 && area_[end - 1] == 0;
}

// A live record without a name makes the firmware's search for the next variable endless.
bool Salvager::firmware_takes(const Fields& it) const {
  if (is_hole(it) || !fits(it)) return false;
  if (wants_whole_names_ && it.state != state::kHeaderOnly && !has_nul_at_name_end(it)) return false;
  if (wants_whole_names_ && (it.name_bytes < kSmallestNameBytes || it.name_bytes % 2 != 0)) return false;
  const bool is_live = it.state == state::kAdded || it.state == state::kInDeleteTransition;
  return it.name_bytes != 0 || !is_live;
}

// Strict, since bytes inside some variable's data must not pass for a record.
bool Salvager::is_plausible(const Fields& it) const {
  return it.mark == kStartMark && is_known_state(it.state) && !is_hole(it) && it.reserved == 0 &&
         it.attributes <= kLargestAttributes && fits(it) && has_nul_at_name_end(it);
}

// Whether a record may end at `end`: another one begins there, or nothing was ever written there.
bool Salvager::is_anchored(std::uint64_t end) const {
  const std::uint64_t next = aligned(end);
  if (next >= erased_from_ || next + kAlignmentBytes > area_.size()) return true;
  const Bytes there = area_.subspan(next, kAlignmentBytes);
  return (there[0] == 0xaa && there[1] == 0x55) || octets::all_equal(there, kErased);
}

// Whether a chain of records that begins in the record's data leads to where nothing was ever written: then
// its data size is damaged, and reaches over the records behind it. A record that holds a copy of a store
// ends where that does.
bool Salvager::swallows_records(const Fields& it) const {
  const std::uint64_t next = aligned(end_of(it));
  const std::uint64_t erased = aligned(erased_from_);
  const bool leads_to_record =
      next < erased && next + 2 <= area_.size() && area_[next] == 0xaa && area_[next + 1] == 0x55;
  if (next == erased || leads_to_record) return false;
  const std::uint64_t data_at = it.at + header_bytes_ + it.name_bytes;
  for (std::uint64_t at = aligned(data_at); at < std::min(next, erased_from_); at += kAlignmentBytes) {
    std::uint64_t end = at;
    // Each turn moves on by a record.
    while (end < erased_from_ && has_header(end) && is_plausible(fields(end)))
      end = aligned(end_of(fields(end)));
    if (end > at && end == erased) return true;
  }
  return false;
}

// Whether the record, although it leads nowhere, is more likely right than the bytes behind it: it makes
// sense as it stands, and what lies between it and the next one is large enough to be a damaged record
// itself.
bool Salvager::stands_for_itself(const Fields& it, const Limit& limit) const {
  return is_plausible(it) && aligned(end_of(it)) + header_bytes_ + kSmallestNameBytes <= limit.at;
}

Limit Salvager::limit_behind(std::uint64_t at) const {
  for (std::uint64_t next = aligned(at); has_header(next) && next < erased_from_; next += kAlignmentBytes) {
    if (area_[next] == 0xaa && area_[next + 1] == 0x55 && is_plausible(fields(next))) return {next, true};
  }
  return {std::max(at, std::min<std::uint64_t>(aligned(erased_from_), area_.size())), false};
}

std::optional<std::uint32_t> Salvager::name_bytes_by_nul(const Fields& it, std::uint64_t limit) const {
  const std::uint64_t begin = it.at + header_bytes_;
  for (std::uint64_t i = begin; i + 2 <= limit; i += 2) {
    if (area_[i] != 0 || area_[i + 1] != 0) continue;
    const std::uint64_t name_bytes = i + 2 - begin;
    if (name_bytes < kSmallestNameBytes) return std::nullopt;
    return static_cast<std::uint32_t>(name_bytes);
  }
  return std::nullopt;
}

// The record with one field mended so that it ends where its room does; nullopt where that leaves more than
// one field to guess.
std::optional<Fields> Salvager::mended(Fields it, const Limit& limit) const {
  if (!is_known_state(it.state) || it.state == state::kUnwritten || it.attributes > kLargestAttributes ||
      limit.at < it.at + header_bytes_ + kSmallestNameBytes) {
    return std::nullopt;
  }
  const auto reaches_limit = [&](const Fields& candidate) {
    return has_nul_at_name_end(candidate) && aligned(end_of(candidate)) == limit.at;
  };
  const bool mark_is_good = it.mark == kStartMark;
  it.mark = kStartMark;
  if (reaches_limit(it)) return it;
  if (!mark_is_good) return std::nullopt;  // one damaged field is enough to guess
  Fields with_name = it;
  if (const auto name_bytes = name_bytes_by_nul(it, limit.at)) {
    with_name.name_bytes = *name_bytes;
    if (reaches_limit(with_name)) return with_name;
  }
  // Padding is up to three bytes of 0xff. Where there is no next record nothing says where data ends.
  if (!limit.is_record || !has_nul_at_name_end(it)) return std::nullopt;
  const std::uint64_t data_at = it.at + header_bytes_ + it.name_bytes;
  if (data_at > limit.at) return std::nullopt;
  std::uint64_t end = limit.at;
  while (end > data_at && limit.at - end < kAlignmentBytes - 1 && area_[end - 1] == kErased) --end;
  it.data_bytes = static_cast<std::uint32_t>(end - data_at);
  return it;
}

// Behind what cannot be read at `at`: a record that lacks nothing but its mark and leads to the limit; the
// limit itself where there is none.
std::uint64_t Salvager::unmarked_record_before(std::uint64_t at, const Limit& limit) const {
  if (!limit.is_record) return limit.at;
  for (std::uint64_t next = at + kAlignmentBytes; next < limit.at && has_header(next);
       next += kAlignmentBytes) {
    Fields it = fields(next);
    it.mark = kStartMark;
    if (is_plausible(it) && aligned(end_of(it)) == limit.at) return next;
  }
  return limit.at;
}

std::string Salvager::name_of(const Fields& it) const {
  const std::uint64_t begin = it.at + header_bytes_;
  constexpr std::uint64_t kLongestShownBytes = 128;
  const std::uint64_t end = std::min<std::uint64_t>(area_.size(), begin + kLongestShownBytes);
  const auto name_bytes = begin < end ? name_bytes_by_nul(it, end) : std::nullopt;
  if (!name_bytes) return "of unreadable name";
  return fmt::format("'{}'", octets::utf8_from_utf16le(area_.subspan(begin, *name_bytes - 2)).text);
}

void Salvager::step(ErrorId id, Severity severity, std::uint64_t at, std::string message) {
  result_.steps.push_back({severity, id, std::move(message), Place::at_byte(file_name_, base_bytes_ + at),
                           list_raw_hint(file_name_)});
}

// Appends the record as the fields say, its other bytes as they are. False where there is no room: records
// that overlap can together be larger than the area that they were in.
bool Salvager::write(const Fields& it) {
  std::vector<std::uint8_t>& out = result_.area;
  const std::uint64_t size = end_of(it) - it.at;
  if (out.size() + size > area_.size()) return false;
  const std::uint64_t start = out.size();
  for (const std::uint8_t byte : area_.subspan(it.at, size)) out.push_back(byte);
  out[start] = 0xaa;
  out[start + 1] = 0x55;
  out[start + 2] = it.state;
  for (unsigned i = 0; i < 4; ++i) {
    out[start + name_size_at_ + i] = static_cast<std::uint8_t>(it.name_bytes >> (8 * i));
    out[start + name_size_at_ + 4 + i] = static_cast<std::uint8_t>(it.data_bytes >> (8 * i));
  }
  out.resize(std::min<std::uint64_t>(aligned(out.size()), area_.size()), kErased);
  return true;
}

std::uint64_t Salvager::take_sound(Fields it) {
  const std::uint64_t next = aligned(end_of(it));
  if (!is_known_state(it.state)) {
    step(ErrorId::kRepairState, Severity::kError, it.at + 2,
         fmt::format("variable {} at offset {:#x} of {}: its state is {:#04x}, which edk2 never writes and "
                     "takes for dead; it is marked deleted ({:#04x}), since ARM firmware erases the whole "
                     "store at an unknown state",
                     name_of(it), base_bytes_ + it.at, file_name_, it.state, state::kDeleted));
    it.state = state::kDeleted;
  }
  if (!write(it)) give_up(it, next);
  return next;
}

void Salvager::report_mended(const Fields& was, const Fields& is) {
  const std::string where =
      fmt::format("variable {} at offset {:#x} of {}", name_of(is), base_bytes_ + is.at, file_name_);
  if (was.mark != is.mark) {
    return step(ErrorId::kRepairMark, Severity::kWarning, is.at,
                fmt::format("{}: its start mark is {:#06x} instead of {:#06x}, and its sizes lead to the "
                            "next record; the mark is put back",
                            where, was.mark, is.mark));
  }
  if (was.name_bytes != is.name_bytes) {
    return step(ErrorId::kRepairSize, Severity::kWarning, is.at + name_size_at_,
                fmt::format("{}: its name size says {:#x} bytes, the name has {:#x}, with which the record "
                            "ends where its room does; the size is put back",
                            where, was.name_bytes, is.name_bytes));
  }
  step(ErrorId::kRepairSize, Severity::kWarning, is.at + name_size_at_ + 4,
       fmt::format("{}: its data size says {:#x} bytes, up to the next record there are {:#x} without "
                   "padding; the size is put back, and is too small if the data ended in 0xff",
                   where, was.data_bytes, is.data_bytes));
}

void Salvager::give_up(const Fields& it, std::uint64_t next) {
  step(ErrorId::kRepairDropped, Severity::kError, it.at,
       fmt::format("{} bytes at offset {:#x} of {} cannot be read and are left out: record header with mark "
                   "{:#06x}, state {:#04x}, name size {:#x}, data size {:#x}, variable {}",
                   next - it.at, base_bytes_ + it.at, file_name_, it.mark, it.state, it.name_bytes,
                   it.data_bytes, name_of(it)));
}

// A record that does not lead to the next one: it is mended, kept or given up, and the walk goes on at the
// next one.
std::uint64_t Salvager::take_damaged(const Fields& it) {
  const Limit limit = limit_behind(it.at + kAlignmentBytes);
  if (stands_for_itself(it, limit)) return take_sound(it);
  if (const auto whole = mended(it, limit); whole && write(*whole)) {
    report_mended(it, *whole);
    return limit.at;
  }
  // The firmware takes it as it stands, so that it stays, whatever it is worth.
  if (it.mark == kStartMark && firmware_takes(it)) {
    const std::uint64_t next = limit.is_record ? limit.at : aligned(end_of(it));
    if (limit.is_record) {
      step(ErrorId::kRepairGap, Severity::kWarning, it.at,
           fmt::format("variable {} at offset {:#x} of {}: by its sizes it ends at {:#x}, where no record "
                       "begins; it is kept as it is, and the next one is found at {:#x}",
                       name_of(it), base_bytes_ + it.at, file_name_, base_bytes_ + end_of(it),
                       base_bytes_ + next));
    }
    take_sound(it);
    return next;
  }
  const std::uint64_t next = unmarked_record_before(it.at, limit);
  if (limit.is_record || it.mark == kStartMark) give_up(it, next);
  return next;
}

// A hole in the state "unwritten" is normal at the end, where a write was cut off; good records may follow
// it.
std::uint64_t Salvager::pass_hole(const Fields& it) {
  const std::uint64_t behind = it.at + header_bytes_;
  if (behind + 2 <= area_.size() && area_[behind] == 0xaa && area_[behind + 1] == 0x55) return behind;
  const Limit limit = limit_behind(behind);
  if (limit.is_record) give_up(it, limit.at);
  return limit.is_record ? limit.at : area_.size();
}

Salvage Salvager::run() {
  // Every turn moves on by four bytes at least, so that the area bounds the turns; what is looked at behind
  // a record is then passed over.
  for (std::uint64_t at = 0; has_header(at) && at < erased_from_;) {
    const Fields it = fields(at);
    const bool marked = it.mark == kStartMark;
    if (marked && it.state == state::kUnwritten) {
      at = pass_hole(it);
    } else if (marked && firmware_takes(it) && is_anchored(end_of(it)) && !swallows_records(it)) {
      at = take_sound(it);
    } else if (!marked && octets::all_equal(area_.subspan(at, kAlignmentBytes), kErased)) {
      // Erased, but not to the end: the firmware stops here, and something may lie behind.
      const Limit limit = limit_behind(at);
      if (limit.is_record) give_up(it, limit.at);
      at = limit.is_record ? limit.at : area_.size();
    } else {
      at = take_damaged(it);
    }
  }
  if (result_.steps.empty()) {
    result_.area.assign(area_.begin(), area_.end());
  } else {
    result_.area.resize(area_.size(), kErased);
  }
  return std::move(result_);
}

std::uint64_t Salvager::records_that_make_sense() const {
  std::uint64_t count = 0;
  for (std::uint64_t at = 0; has_header(at) && at < erased_from_;) {
    const Fields it = fields(at);
    const bool good = is_plausible(it);
    count += good ? 1 : 0;
    at = good ? aligned(end_of(it)) : at + kAlignmentBytes;
  }
  return count;
}

}  // namespace

Salvage salvage_records(const std::string& file_name, Bytes area, HeaderKind kind,
                        std::uint64_t area_offset_bytes, bool wants_whole_names) {
  return Salvager(file_name, area, kind, area_offset_bytes, wants_whole_names).run();
}

HeaderKind kind_of_records(Bytes area, std::optional<HeaderKind> claims) {
  const std::string no_file;
  if (!claims) {
    const auto count = [&](HeaderKind kind) {
      return Salvager(no_file, area, kind, 0, false).records_that_make_sense();
    };
    return count(HeaderKind::kPlain) > count(HeaderKind::kAuthenticated) ? HeaderKind::kPlain
                                                                         : HeaderKind::kAuthenticated;
  }
  const auto live = [&](HeaderKind kind) {
    const Salvage salvage = salvage_records(no_file, area, kind, 0, false);
    return !live_variables(walked(no_file, salvage.area, kind, 0)).empty();
  };
  const HeaderKind other = *claims == HeaderKind::kPlain ? HeaderKind::kAuthenticated : HeaderKind::kPlain;
  return !live(*claims) && live(other) ? other : *claims;
}

VariableStore walked(const std::string& file_name, Bytes area, HeaderKind kind,
                     std::uint64_t area_offset_bytes) {
  VariableStore store;
  store.file_name = file_name;
  store.kind = kind;
  store.layout = &layout_of_volume(0);
  // Identities are looked up with the vendor in front of the name, so that offsets must be those of `bytes`.
  store.bytes.assign(area_offset_bytes, 0);
  store.bytes.insert(store.bytes.end(), area.begin(), area.end());
  store.file_size_bytes = store.bytes.size();
  store.records_begin_bytes = area_offset_bytes;
  store.records_end_bytes = area_offset_bytes;
  store.store_end_bytes = store.bytes.size();
  walk_records(store);
  return store;
}

std::vector<variable::Identity> live_identities(const VariableStore& store) {
  std::vector<variable::Identity> identities;
  for (const Record* record : live_variables(store)) identities.push_back(identity_of(store, *record));
  return identities;
}

}  // namespace nonvol::flash
