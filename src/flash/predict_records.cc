#include "flash/predict_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "flash/salvage.h"

namespace nonvol::flash {
namespace {

using octets::Bytes;
using Outcome = Prediction::Outcome;

// Smaller than any guest's memory: a copy of that size can be made at a reclaim, and then does not fit.
constexpr std::uint64_t kCopyableBytes = 64 << 20;
// OVMF writes less than this at a boot. With less room every one of its writes reclaims the whole store.
constexpr std::uint64_t kRoomForABootBytes = 16 << 10;

bool counts_as_live(const Record& record) {
  return record.state == state::kAdded || record.state == state::kInDeleteTransition;
}

class Fate {
 public:
  Fate(const std::string& file_name, Bytes volume, const Layout& layout, bool smm)
      : file_name_(file_name), volume_(volume), layout_(layout), smm_(smm) {}
  RecordFate run() &&;

 private:
  bool look_at_size(std::uint64_t size_bytes);
  void look_at(const Record& record);
  void set(Outcome outcome, ErrorId id, std::uint64_t offset_bytes, std::string message,
           Severity severity = Severity::kError);

  const std::string& file_name_;
  Bytes volume_;
  const Layout& layout_;
  bool smm_;
  bool has_live_ = false;
  RecordFate fate_;
};

// The first thing that goes wrong decides.
void Fate::set(Outcome outcome, ErrorId id, std::uint64_t offset_bytes, std::string message,
               Severity severity) {
  if (fate_.outcome == Outcome::kKeeps) fate_.outcome = outcome;
  fate_.reasons.push_back({severity, id, std::move(message), Place::at_byte(file_name_, offset_bytes), {}});
}

// The driver takes the store's end from its header, and the room for variables from the build.
bool Fate::look_at_size(std::uint64_t size_bytes) {
  const std::uint64_t wanted = layout_.variables_end_bytes - kVolumeHeaderBytes;
  if (size_bytes == wanted) return true;
  constexpr std::uint64_t kSizeAt = kVolumeHeaderBytes + 0x10;
  const std::string says =
      fmt::format("variable store size at offset {:#x} of {}: says {} bytes, the layout {} has {}", kSizeAt,
                  file_name_, size_bytes, layout_.name, wanted);
  // Behind SMM the flash alone may be looked at, and that only to where the build's store ends.
  if (size_bytes > (smm_ ? wanted : layout_.volume_bytes)) {
    set(Outcome::kCrashes, ErrorId::kStoreSizeMisleads, kSizeAt,
        says + "; the firmware looks for free room far behind the flash and stops with an exception");
    return false;
  }
  set(Outcome::kKeeps, ErrorId::kStoreSizeMisleads, kSizeAt,
      size_bytes > wanted
          ? says + "; the firmware goes on, and takes what lies behind the store for used room"
          : says + "; the firmware sees nothing behind that",
      Severity::kWarning);
  return true;
}

void Fate::look_at(const Record& record) {
  const std::string where =
      fmt::format("variable record at offset {:#x} of {}", record.offset_bytes, file_name_);
  if (!is_known_state(record.state)) {
    set(Outcome::kKeeps, ErrorId::kStateIgnored, record.offset_bytes + 2,
        fmt::format(
            "{}: its state is {:#04x}, edk2 writes {:#04x} for a live variable; the firmware takes it for dead",
            where, record.state, state::kAdded),
        Severity::kWarning);
  }
  if (!counts_as_live(record)) return;
  const std::uint64_t content = std::uint64_t{record.name_size_bytes} + record.data_size_bytes;
  if (record.is_hole || record.name_size_bytes == 0) {
    // A name of no bytes equals every name, so that asking for the variable behind an earlier one gives this
    // one for ever. A search that begins with it ends with it.
    const bool ends_search = !has_live_;
    return set(
        ends_search ? Outcome::kKeeps : Outcome::kHangs, ErrorId::kNamelessRecord, record.offset_bytes,
        fmt::format(
            "{}: its state {:#04x} is that of a live variable, but with attributes {:#x}, name size {:#x} "
            "and data size {:#x} it counts as one without a name; {}",
            where, record.state, record.attributes, record.name_size_bytes, record.data_size_bytes,
            ends_search ? "the firmware finds no variable behind it"
                        : "the firmware asks for the next variable for ever"));
  }
  has_live_ = true;
  if (record.fits) return;
  const std::string numbers = fmt::format("{}: name and data take {} bytes, the store has {} left", where,
                                          content, layout_.variables_end_bytes - record.offset_bytes);
  if (smm_) {
    return set(Outcome::kCrashes, ErrorId::kOversizedRecord, record.offset_bytes,
               numbers + "; the firmware stops with an exception");
  }
  if (content < kCopyableBytes) {
    return set(Outcome::kHangs, ErrorId::kOversizedRecord, record.offset_bytes,
               numbers + "; the firmware tries to copy that at its first write and does not come back");
  }
  set(Outcome::kVolatile, ErrorId::kOversizedRecord, record.offset_bytes,
      numbers + "; the firmware can neither list its variables nor write any, or stops with an exception");
}

RecordFate Fate::run() && {
  const StoreClaims claims = store_claims(volume_);
  if (!look_at_size(claims.size_bytes)) return std::move(fate_);
  const std::uint64_t end =
      std::min(layout_.variables_end_bytes, kVolumeHeaderBytes + std::uint64_t{claims.size_bytes});
  const Bytes area = volume_.first(end).subspan(kHeadersBytes);
  const VariableStore store = walked(file_name_, area, claims.kind, kHeadersBytes);
  fate_.walk_end_bytes = store.records_end_bytes;
  for (const Record& record : store.records) look_at(record);
  if (fate_.outcome == Outcome::kKeeps && end < layout_.variables_end_bytes &&
      end - store.records_end_bytes < kRoomForABootBytes) {
    set(Outcome::kHangs, ErrorId::kNoRoomForABoot, store.records_end_bytes,
        fmt::format(
            "records of {} end at offset {:#x} and the store, by its header, at {:#x}; a boot writes several KiB, and "
            "with {} bytes left the firmware copies the whole store at every write",
            file_name_, store.records_end_bytes, end, end - store.records_end_bytes));
  }
  const bool readable = fate_.outcome == Outcome::kKeeps;
  if (readable) fate_.live = live_identities(store);
  return std::move(fate_);
}

}  // namespace

RecordFate fate_of_records(const std::string& file_name, Bytes volume, const Layout& layout, bool smm) {
  return Fate(file_name, volume, layout, smm).run();
}

std::optional<HeaderFault> arm_store_fault(const std::string& file_name, Bytes volume, const Layout& layout,
                                           bool accepts_plain) {
  const std::optional<HeaderFault> fault = store_fault(file_name, volume);
  constexpr std::uint64_t kSignatureAt = kVolumeHeaderBytes;
  constexpr std::uint64_t kSizeAt = kVolumeHeaderBytes + 0x10;
  if (fault && fault->offset_bytes == kSignatureAt) return fault;
  const StoreClaims claims = store_claims(volume);
  if (claims.kind == HeaderKind::kPlain && !accepts_plain) {
    return HeaderFault{
        kSignatureAt,
        fmt::format("variable store signature at offset {:#x} of {}: is that of {}-byte record headers, "
                    "this firmware wants {}-byte ones",
                    kSignatureAt, file_name, record_header_size_bytes(HeaderKind::kPlain),
                    record_header_size_bytes(HeaderKind::kAuthenticated))};
  }
  const std::uint64_t wanted = layout.variables_end_bytes - kVolumeHeaderBytes;
  if (claims.size_bytes == wanted) return std::nullopt;
  return HeaderFault{
      kSizeAt, fmt::format("variable store size at offset {:#x} of {}: says {} bytes, the firmware wants {}",
                           kSizeAt, file_name, claims.size_bytes, wanted)};
}

std::optional<HeaderFault> arm_record_fault(const std::string& file_name, Bytes volume) {
  const StoreClaims claims = store_claims(volume);
  const std::uint64_t end = kVolumeHeaderBytes + claims.size_bytes;
  const std::uint64_t header_bytes = record_header_size_bytes(HeaderKind::kAuthenticated);
  // Every turn but the last passes over a header and more. Unlike the variable driver this one takes the
  // sizes as they stand.
  for (std::uint64_t at = kHeadersBytes; at + header_bytes < end;) {
    octets::Reader reader(volume.subspan(at, header_bytes), at);
    constexpr std::uint16_t kStartMark = 0x55aa;
    if (reader.u16("start mark") != kStartMark) return std::nullopt;
    const std::uint8_t state = reader.u8("state");
    reader.bytes("reserved, attributes, count, time stamp, key index", 33);
    const std::uint64_t name_bytes = reader.u32("name size");
    const std::uint64_t data_bytes = reader.u32("data size");
    if (state == state::kUnwritten) return std::nullopt;
    const auto fault = [&](std::string numbers) {
      return HeaderFault{at,
                         fmt::format("variable record at offset {:#x} of {}: {}", at, file_name, numbers)};
    };
    if (!is_known_state(state)) {
      return fault(fmt::format("its state is {:#04x}, edk2 writes {:#04x}", state, state::kAdded));
    }
    const std::uint64_t left = end - at - header_bytes;
    if (name_bytes + data_bytes > left) {
      return fault(
          fmt::format("name and data take {} bytes, the store has {} left", name_bytes + data_bytes, left));
    }
    constexpr std::uint64_t kSmallestNameBytes = 4;
    const std::uint64_t name_end = at + header_bytes + name_bytes;
    const bool has_nul = name_bytes >= 2 && volume[name_end - 1] == 0 && volume[name_end - 2] == 0;
    if (name_bytes % 2 != 0 || name_bytes < kSmallestNameBytes || (state != state::kHeaderOnly && !has_nul)) {
      return fault(fmt::format("its name of {} bytes is odd, shorter than {} or has no final NUL", name_bytes,
                               kSmallestNameBytes));
    }
    at = (name_end + data_bytes + 3) / 4 * 4;
  }
  return std::nullopt;
}

}  // namespace nonvol::flash
