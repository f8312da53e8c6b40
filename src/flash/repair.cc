#include "flash/repair.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "flash/compose.h"
#include "flash/hints.h"
#include "flash/pending_write.h"
#include "flash/repair_headers.h"
#include "flash/salvage.h"
#include "flash/store_reader.h"
#include "octets/text.h"

namespace nonvol::flash {
namespace {

using octets::Bytes;

constexpr std::uint8_t kErased = 0xff;

Result<VariableStore> read(const std::string& file_name, Bytes file) {
  StoreReader reader(file_name, file.size());
  while (const auto range = reader.wants()) {
    const std::uint64_t from = std::min<std::uint64_t>(range->offset_bytes, file.size());
    reader.feed(file.subspan(from, std::min<std::uint64_t>(range->size_bytes, file.size() - from)));
  }
  return std::move(reader).finish();
}

bool is_uniform(Bytes bytes) {
  return octets::all_equal(bytes, 0x00) || octets::all_equal(bytes, kErased);
}

class Repairer {
 public:
  Repairer(const std::string& file_name, Bytes file, std::uint64_t file_size_bytes)
      : file_name_(file_name), file_(file), file_size_bytes_(file_size_bytes) {}

  Result<RepairPlan> run(const Layout* expected) &&;

 private:
  Result<void> choose_layout(const Layout* expected);
  const Layout* layout_that_the_file_tells() const;
  void take_length();
  bool take_blank();
  void take_spare();
  void mend_volume_header();
  void mend_store_header();
  void mend_records();
  void mend_queue();
  Result<void> check();

  Bytes area(Bytes volume) const { return volume.first(layout_->variables_end_bytes).subspan(kHeadersBytes); }
  // Of the known layouts only ARM's has no event log.
  bool is_arm() const { return layout_->event_log.size_bytes == 0; }
  HeaderKind kind_of(Bytes volume) const;
  std::optional<HeaderFault> fault_of(Bytes volume) const;
  std::uint64_t readable(Bytes volume) const;
  void copy_from_spare(std::uint64_t target_offset_bytes, std::uint64_t size_bytes);
  void renew_queue();
  void step(ErrorId id, Severity severity, std::uint64_t offset_bytes, std::string message);

  const std::string& file_name_;
  Bytes file_;
  std::uint64_t file_size_bytes_;
  const Layout* layout_ = nullptr;
  std::vector<std::uint8_t> volume_;
  RepairPlan plan_;
};

void Repairer::step(ErrorId id, Severity severity, std::uint64_t offset_bytes, std::string message) {
  plan_.steps.push_back({severity, id, std::move(message), Place::at_byte(file_name_, offset_bytes),
                         list_raw_hint(file_name_)});
}

// From the strongest sign to the weakest.
const Layout* Repairer::layout_that_the_file_tells() const {
  const auto first_where = [](auto holds) -> const Layout* {
    for (const Layout& layout : known_layouts()) {
      if (holds(layout)) return &layout;
    }
    return nullptr;
  };
  const bool has_headers = file_.size() >= kHeadersBytes;
  if (const Layout* found = first_where(
          [&](const Layout& layout) { return has_headers && !volume_fault(file_name_, file_, layout); })) {
    return found;
  }
  if (const Layout* found = first_where([&](const Layout& layout) {
        return file_.size() >= layout.volume_bytes &&
               read_write_queue(working_area_of(file_, layout), layout).is_valid;
      })) {
    return found;
  }
  // Sound, and of a layout that is not known.
  const auto as_it_is = read(file_name_, file_);
  if (as_it_is && as_it_is->blank == Blank::kNo) return nullptr;
  constexpr std::uint64_t kLengthAt = 0x20;
  octets::Reader reader(file_.subspan(std::min<std::uint64_t>(file_.size(), kLengthAt)));
  const std::uint64_t says = reader.u64("FvLength");
  const Layout& by_length = layout_of_volume(reader.failure() ? 0 : says);
  const Layout& by_size = layout_of_blank_file(file_size_bytes_);
  if (by_length.volume_bytes != 0) return &by_length;
  return by_size.volume_bytes != 0 ? &by_size : nullptr;
}

Result<void> Repairer::choose_layout(const Layout* expected) {
  const Layout* told = layout_that_the_file_tells();
  layout_ = expected != nullptr ? expected : told;
  if (layout_ == nullptr) {
    return Error(ErrorId::kRepairNoLayout,
                 fmt::format(
                     "{}: of {} bytes, with no volume header that is sound and no write queue where a layout "
                     "has its own, it could be of any of {} layouts",
                     file_name_, file_size_bytes_, known_layouts().size()))
        .at(Place::in_file(file_name_))
        .with_hint(fmt::format("nonvol vars repair {} --code /usr/share/OVMF/OVMF_CODE_4M.fd",
                               octets::shell_path(file_name_)));
  }
  const bool is_sound = told != nullptr && told != layout_ && file_.size() >= told->volume_bytes &&
                        !volume_fault(file_name_, file_, *told);
  if (is_sound) {
    return Error(ErrorId::kRepairOtherLayout,
                 fmt::format(
                     "{}: its volume header is sound and says {} bytes (layout {}), the firmware wants {} "
                     "(layout {})",
                     file_name_, told->volume_bytes, told->name, layout_->volume_bytes, layout_->name))
        .at(Place::at_byte(file_name_, 0x20))
        .with_hint("nonvol explain NV2742");
  }
  return {};
}

// What a padded ARM file, or a unified image, has behind its store is left alone.
void Repairer::take_length() {
  const std::uint64_t volume_bytes = layout_->volume_bytes;
  plan_.file_size_bytes = std::max(file_size_bytes_, volume_bytes);
  volume_.assign(file_.begin(), file_.begin() + static_cast<std::ptrdiff_t>(
                                                    std::min<std::uint64_t>(volume_bytes, file_.size())));
  volume_.resize(volume_bytes, kErased);
  if (file_size_bytes_ < volume_bytes) {
    return step(ErrorId::kRepairLength, Severity::kWarning, file_size_bytes_,
                fmt::format("{} has {} bytes, the layout {} has {}: {} erased bytes are added", file_name_,
                            file_size_bytes_, layout_->name, volume_bytes, volume_bytes - file_size_bytes_));
  }
  if (is_arm() || file_size_bytes_ == volume_bytes || file_.size() != file_size_bytes_ ||
      !is_uniform(file_.subspan(volume_bytes))) {
    return;
  }
  plan_.file_size_bytes = volume_bytes;
  step(ErrorId::kRepairLength, Severity::kWarning, volume_bytes,
       fmt::format("{} has {} bytes, the layout {} has {}: {} bytes of padding are cut off", file_name_,
                   file_size_bytes_, layout_->name, volume_bytes, file_size_bytes_ - volume_bytes));
}

bool Repairer::take_blank() {
  if (!is_uniform(volume_)) return false;
  if (is_arm()) return true;  // ARM firmware formats it
  step(ErrorId::kRepairBlank, Severity::kError, 0,
       fmt::format("all {} bytes of the volume in {} are {:#04x}: an empty store of the layout {} is written",
                   volume_.size(), file_name_, volume_[0], layout_->name));
  std::ranges::fill(volume_, kErased);
  std::ranges::copy(volume_headers(*layout_, HeaderKind::kAuthenticated), volume_.begin());
  renew_queue();
  return true;
}

HeaderKind Repairer::kind_of(Bytes volume) const {
  return kind_of_records(area(volume), claimed_kind(volume));
}

std::optional<HeaderFault> Repairer::fault_of(Bytes volume) const {
  if (auto fault = volume_fault(file_name_, volume, *layout_)) return fault;
  if (auto fault = file_system_fault(file_name_, volume)) return fault;
  return attributes_fault(file_name_, volume);
}

// How many live variables can be had of it.
std::uint64_t Repairer::readable(Bytes volume) const {
  const HeaderKind kind = kind_of(volume);
  const Salvage salvage = salvage_records(file_name_, area(volume), kind, kHeadersBytes, is_arm());
  return live_variables(walked(file_name_, salvage.area, kind, kHeadersBytes)).size();
}

void Repairer::renew_queue() {
  const std::vector<std::uint8_t> queue = empty_working_area(*layout_);
  std::ranges::copy(queue, volume_.begin() + static_cast<std::ptrdiff_t>(layout_->working.offset_bytes));
}

void Repairer::copy_from_spare(std::uint64_t target_offset_bytes, std::uint64_t size_bytes) {
  const auto spare = volume_.begin() + static_cast<std::ptrdiff_t>(layout_->spare.offset_bytes);
  std::copy_n(spare, size_bytes, volume_.begin() + static_cast<std::ptrdiff_t>(target_offset_bytes));
  std::fill_n(spare, layout_->spare.size_bytes, kErased);
  renew_queue();
}

// An interrupted write is completed here and not left to the firmware, which may not come so far, and without
// SMM writes over what it copied; unless what it would copy is no store.
void Repairer::take_spare() {
  const WriteQueue queue = read_write_queue(working_area_of(volume_, *layout_), *layout_);
  const std::uint64_t spare_at = layout_->spare.offset_bytes;
  if (queue.interrupted && queue.interrupted->is_possible()) {
    const PendingWrite& write = *queue.interrupted;
    std::vector<std::uint8_t> replayed = volume_;
    std::copy_n(volume_.begin() + static_cast<std::ptrdiff_t>(spare_at), write.target.size_bytes,
                replayed.begin() + static_cast<std::ptrdiff_t>(write.target.offset_bytes));
    if (fault_of(replayed) || store_fault(file_name_, replayed)) {
      step(
          ErrorId::kRepairQueue, Severity::kWarning, write.record_offset_bytes,
          fmt::format(
              "write queue of {} at offset {:#x}: {} bytes of the spare area at {:#x} were to be copied over the "
              "store and are no store; the write is taken off the queue",
              file_name_, write.record_offset_bytes, write.target.size_bytes, spare_at));
      return renew_queue();
    }
    step(ErrorId::kRepairReplayed, Severity::kWarning, write.record_offset_bytes,
         fmt::format("write queue of {} at offset {:#x}: a write of {} bytes was interrupted; "
                     "they are copied from the spare area at {:#x} to offset {:#x}",
                     file_name_, write.record_offset_bytes, write.target.size_bytes, spare_at,
                     write.target.offset_bytes));
    return copy_from_spare(write.target.offset_bytes, write.target.size_bytes);
  }
  if (!fault_of(volume_) && !store_fault(file_name_, volume_)) return;
  const std::uint64_t size = std::min(layout_->variables_end_bytes, layout_->spare.size_bytes);
  std::vector<std::uint8_t> image(volume_.begin() + static_cast<std::ptrdiff_t>(spare_at),
                                  volume_.begin() + static_cast<std::ptrdiff_t>(spare_at + size));
  image.resize(volume_.size(), kErased);
  if (fault_of(image) || store_fault(file_name_, image)) return;
  const std::uint64_t here = readable(volume_);
  const std::uint64_t there = readable(image);
  if (there <= here) return;
  step(
      ErrorId::kRepairFromSpare, Severity::kWarning, spare_at,
      fmt::format(
          "headers of {} are damaged and {} variables can be read behind them, but the spare area at {:#x} holds "
          "a whole store with {}: it is copied to the front",
          file_name_, here, spare_at, there));
  copy_from_spare(0, size);
}

void Repairer::mend_volume_header() {
  const std::optional<HeaderFault> fault = fault_of(volume_);
  if (!fault) return;
  step(ErrorId::kRepairVolumeHeader, Severity::kWarning, fault->offset_bytes,
       fmt::format("{}; the volume header is written anew for the layout {}", fault->message, layout_->name));
  const std::vector<std::uint8_t> headers = volume_headers(*layout_, HeaderKind::kAuthenticated);
  std::copy_n(headers.begin(), kVolumeHeaderBytes, volume_.begin());
}

void Repairer::mend_store_header() {
  const HeaderKind kind = kind_of(volume_);
  const StoreClaims claims = store_claims(volume_);
  const std::uint64_t wanted = layout_->variables_end_bytes - kVolumeHeaderBytes;
  std::optional<HeaderFault> fault = store_fault(file_name_, volume_);
  if (!fault && claims.kind != kind) {
    fault = {
        kVolumeHeaderBytes,
        fmt::format(
            "variable store signature at offset {:#x} of {}: is that of {}-byte record headers, the records "
            "have {}-byte ones",
            kVolumeHeaderBytes, file_name_, record_header_size_bytes(claims.kind),
            record_header_size_bytes(kind))};
  }
  if (!fault && claims.size_bytes != wanted) {
    fault = {kVolumeHeaderBytes + 0x10,
             fmt::format("variable store size at offset {:#x} of {}: says {} bytes, the layout {} has {}",
                         kVolumeHeaderBytes + 0x10, file_name_, claims.size_bytes, layout_->name, wanted)};
  }
  if (!fault) return;
  step(ErrorId::kRepairStoreHeader, Severity::kWarning, fault->offset_bytes,
       fmt::format("{}; the store header is written anew, for {}-byte record headers", fault->message,
                   record_header_size_bytes(kind)));
  const std::vector<std::uint8_t> headers = volume_headers(*layout_, kind);
  std::copy_n(headers.begin() + static_cast<std::ptrdiff_t>(kVolumeHeaderBytes), kStoreHeaderBytes,
              volume_.begin() + static_cast<std::ptrdiff_t>(kVolumeHeaderBytes));
}

void Repairer::mend_records() {
  const HeaderKind kind = store_claims(volume_).kind;
  Salvage salvage = salvage_records(file_name_, area(volume_), kind, kHeadersBytes, is_arm());
  std::ranges::copy(salvage.area, volume_.begin() + static_cast<std::ptrdiff_t>(kHeadersBytes));
  std::ranges::move(salvage.steps, std::back_inserter(plan_.steps));
}

void Repairer::mend_queue() {
  const WriteQueue queue = read_write_queue(working_area_of(volume_, *layout_), *layout_);
  if (queue.is_valid || queue.is_erased) return;
  step(
      ErrorId::kRepairQueue, Severity::kWarning, layout_->working.offset_bytes,
      fmt::format(
          "write queue of {} at offset {:#x}: its header of {} bytes is not that of a working area of {} bytes; "
          "an empty one is written",
          file_name_, layout_->working.offset_bytes, 32, layout_->working.size_bytes));
  renew_queue();
}

// The result is read as any store is.
Result<void> Repairer::check() {
  const auto after = read(file_name_, volume_);
  if (!after) {
    return Error(ErrorId::kImpossible, fmt::format("{} would not be readable after its repair: {}",
                                                   file_name_, after.error().message));
  }
  plan_.live_after = live_variables(*after).size();
  if (const auto before = read(file_name_, file_)) plan_.live_before = live_variables(*before).size();
  return {};
}

Result<RepairPlan> Repairer::run(const Layout* expected) && {
  if (auto chosen = choose_layout(expected); !chosen) return chosen.error();
  plan_.layout = layout_;
  const std::uint64_t needed_bytes = std::min(file_size_bytes_, layout_->volume_bytes);
  if (file_.size() < needed_bytes) {
    return Error(ErrorId::kStoreTruncated,
                 fmt::format("{} ends before its store does: reading it ended at {} bytes, {} were "
                             "to be there",
                             file_name_, file_.size(), needed_bytes))
        .at(Place::at_byte(file_name_, file_.size()));
  }
  take_length();
  if (!take_blank()) {
    take_spare();
    const bool has_header = !fault_of(volume_);
    const bool has_queue = read_write_queue(working_area_of(volume_, *layout_), *layout_).is_valid;
    if (!has_header && !has_queue && store_fault(file_name_, volume_) && readable(volume_) == 0) {
      return Error(
                 ErrorId::kRepairNothingThere,
                 fmt::format(
                     "{}: of its {} bytes the first {} are not blank, and neither a header nor one of at least {} "
                     "bytes of a record was found in them",
                     file_name_, file_size_bytes_, volume_.size(),
                     record_header_size_bytes(HeaderKind::kPlain)))
          .at(Place::in_file(file_name_))
          .with_hint("nonvol explain NV2743");
    }
    mend_volume_header();
    mend_store_header();
    mend_records();
    mend_queue();
  }
  plan_.bytes = std::move(volume_);
  volume_ = plan_.bytes;
  if (auto checked = check(); !checked) return checked.error();
  return std::move(plan_);
}

}  // namespace

Result<RepairPlan> plan_repair(const std::string& file_name, Bytes file, std::uint64_t file_size_bytes,
                               const Layout* expected) {
  return Repairer(file_name, file, file_size_bytes).run(expected);
}

}  // namespace nonvol::flash
