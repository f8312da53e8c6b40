#include "flash/predict.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "flash/pending_write.h"
#include "flash/predict_records.h"
#include "flash/repair_headers.h"
#include "flash/salvage.h"
#include "octets/text.h"

namespace nonvol::flash {
namespace {

using octets::Bytes;
using Outcome = Prediction::Outcome;

constexpr std::uint64_t kFlashSectorBytes = 0x1000;
constexpr std::uint64_t kSmallVolumeBytes = 0x20000;       // of OVMF's builds of 1 and 2 MiB
constexpr std::uint64_t kLargestX86FlashBytes = 0x800000;  // QEMU: hw/i386/pc_sysfw.c

class Predictor {
 public:
  Predictor(const std::string& file_name, Bytes file, std::uint64_t file_size_bytes,
            const FirmwareTraits& firmware)
      : file_name_(file_name),
        file_(file),
        file_size_bytes_(file_size_bytes),
        firmware_(firmware),
        layout_(*firmware.expects) {}

  Prediction run() &&;

 private:
  bool is_x86() const { return firmware_.family == FirmwareTraits::Family::kX86; }
  bool place_in_flash();
  bool refused(std::string why);
  void not_found(std::string why);
  bool flash_is_detected() const;
  void x86();
  void arm();
  void use_store();
  void report_lost();
  void find_interrupted_write();
  bool replay_leaves_a_store();
  void replay_behind_the_drivers_back();
  void take(RecordFate fate);
  void end(Outcome outcome, ErrorId id, std::uint64_t offset_bytes, std::string message);
  void note(ErrorId id, Severity severity, std::uint64_t offset_bytes, std::string message);
  void count_what_could_be_had();

  const std::string& file_name_;
  Bytes file_;
  std::uint64_t file_size_bytes_;
  const FirmwareTraits& firmware_;
  const Layout& layout_;
  std::uint64_t window_offset_bytes_ = 0;  // where in the file the firmware takes the store to begin
  std::vector<std::uint8_t> volume_;       // what it sees there
  std::optional<PendingWrite> interrupted_;
  std::vector<std::uint8_t> replayed_;        // what it sees once that is completed
  std::vector<variable::Identity> readable_;  // live variables that the file holds
  std::uint64_t walk_end_bytes_ = 0;
  Prediction result_;
};

void Predictor::note(ErrorId id, Severity severity, std::uint64_t offset_bytes, std::string message) {
  result_.reasons.push_back({severity, id, std::move(message), Place::at_byte(file_name_, offset_bytes),
                             severity == Severity::kNote
                                 ? std::string()
                                 : fmt::format("nonvol vars repair {}", octets::shell_path(file_name_))});
}

void Predictor::end(Outcome outcome, ErrorId id, std::uint64_t offset_bytes, std::string message) {
  result_.outcome = outcome;
  note(id, Severity::kError, offset_bytes, std::move(message));
}

bool Predictor::refused(std::string why) {
  end(Outcome::kRefused, ErrorId::kFlashSizeRefused, 0, std::move(why));
  return false;
}

// On x86 QEMU maps the file so that it ends where the code begins, and the firmware counts back from there:
// a file of another size has its store elsewhere. ARM's bank begins with the store.
bool Predictor::place_in_flash() {
  if (file_size_bytes_ == 0 || file_size_bytes_ % kFlashSectorBytes != 0) {
    return refused(fmt::format("{} has {} bytes; QEMU takes flash in whole sectors of {} bytes", file_name_,
                               file_size_bytes_, kFlashSectorBytes));
  }
  if (!is_x86()) {
    if (file_size_bytes_ >= layout_.volume_bytes) return true;
    return refused(
        fmt::format("{} has {} bytes, the store of {} has {}; QEMU wants a file of the flash bank's size",
                    file_name_, file_size_bytes_, firmware_.code_name, layout_.volume_bytes));
  }
  const std::uint64_t code_bytes = layout_.volume_bytes == kSmallVolumeBytes ? 0x1e0000 : 0x37c000;
  if (file_size_bytes_ + code_bytes > kLargestX86FlashBytes) {
    return refused(fmt::format("{} has {} bytes, with the {} bytes of code QEMU takes up to {}", file_name_,
                               file_size_bytes_, code_bytes, kLargestX86FlashBytes));
  }
  if (file_size_bytes_ < layout_.volume_bytes) {
    not_found(
        fmt::format("{} has {} bytes, {} looks for its store {} bytes before the code, where there is "
                    "no flash",
                    file_name_, file_size_bytes_, firmware_.code_name, layout_.volume_bytes));
    return false;
  }
  window_offset_bytes_ = file_size_bytes_ - layout_.volume_bytes;
  return true;
}

// Without flash the plain build keeps variables in memory; the SMM build has nothing in their place.
void Predictor::not_found(std::string why) {
  const std::string consequence = firmware_.smm
                                      ? "; this build cannot do without and stops with an exception"
                                      : "; variables are kept in memory only, and the file stays as it is";
  end(firmware_.smm ? Outcome::kCrashes : Outcome::kVolatile, ErrorId::kFlashNotFound, 0, why + consequence);
}

// QemuFlash.c: the driver tries commands on the first byte that could not be a status, within one block.
bool Predictor::flash_is_detected() const {
  return !std::ranges::all_of(Bytes(volume_).first(kFlashSectorBytes),
                              [](std::uint8_t byte) { return byte == 0x00 || byte == 0x50 || byte == 0x70; });
}

void Predictor::x86() {
  if (!flash_is_detected()) {
    return not_found(
        fmt::format("the first {} bytes of the store in {} are all 0x00, 0x50 or 0x70, by which "
                    "{} cannot tell flash from other memory",
                    kFlashSectorBytes, file_name_, firmware_.code_name));
  }
  if (const auto fault = volume_fault(file_name_, volume_, layout_)) {
    const bool elsewhere = window_offset_bytes_ != 0;
    const std::string where = elsewhere
                                  ? fmt::format(" (file of {} bytes, store of {}: it looks at offset {:#x})",
                                                file_size_bytes_, layout_.volume_bytes, window_offset_bytes_)
                                  : "";
    // Seen with Debian's build of 2 MiB and a store of 4; the one of 4 MiB with a longer file erases.
    if (elsewhere && firmware_.smm && layout_.volume_bytes == kSmallVolumeBytes) {
      return end(Outcome::kHangs, ErrorId::kFlashNotFound, window_offset_bytes_ + fault->offset_bytes,
                 fmt::format("{}{}; {} stops without a word", fault->message, where, firmware_.code_name));
    }
    return end(
        Outcome::kWipesAndCrashes, ErrorId::kVolumeWiped, window_offset_bytes_ + fault->offset_bytes,
        fmt::format("{}{}; {} erases {} bytes from offset {:#x} on, spare area included, writes a "
                    "header and stops with an exception",
                    fault->message, where, firmware_.code_name, layout_.volume_bytes, window_offset_bytes_));
  }
  use_store();
}

void Predictor::arm() {
  if (octets::all_equal(volume_, 0x00) || octets::all_equal(volume_, 0xff)) {
    result_.outcome = Outcome::kFormats;
    return note(ErrorId::kStoreFormatted, Severity::kNote, 0,
                fmt::format("all {} bytes of the store in {} are {:#04x}: it is blank, and {} formats it",
                            volume_.size(), file_name_, volume_[0], firmware_.code_name));
  }
  const bool accepts_plain = !firmware_.validates_records;  // until ae22b2f136, of the same release
  std::optional<HeaderFault> fault = volume_fault(file_name_, volume_, layout_, false);
  if (!fault) fault = file_system_fault(file_name_, volume_);
  if (!fault) fault = arm_store_fault(file_name_, volume_, layout_, accepts_plain);
  if (!fault && firmware_.validates_records) fault = arm_record_fault(file_name_, volume_);
  if (fault) {
    return end(Outcome::kFormats, ErrorId::kStoreFormatted, fault->offset_bytes,
               fmt::format("{}; {} erases the store and begins an empty one, without any key", fault->message,
                           firmware_.code_name));
  }
  use_store();
}

// What the drivers above the flash driver make of a volume that it let pass.
void Predictor::use_store() {
  std::optional<HeaderFault> fault = file_system_fault(file_name_, volume_);
  if (!fault) fault = attributes_fault(file_name_, volume_);
  // Behind SMM an interrupted write is completed first; otherwise the variable driver has its copy by then.
  if (!fault && !(firmware_.smm && interrupted_)) fault = store_fault(file_name_, volume_);
  if (fault) {
    return end(Outcome::kCrashes, ErrorId::kStoreNotFound, fault->offset_bytes,
               fmt::format("{}; {} finds no variable store and stops with an exception", fault->message,
                           firmware_.code_name));
  }
  if (!interrupted_) return take(fate_of_records(file_name_, volume_, layout_, firmware_.smm));
  if (!replay_leaves_a_store()) return;
  if (firmware_.smm) {
    take(fate_of_records(file_name_, replayed_, layout_, firmware_.smm));
  } else {
    replay_behind_the_drivers_back();
  }
  if (result_.outcome == Outcome::kKeeps) result_.outcome = Outcome::kKeepsAfterReplay;
}

// The spare area goes over the store, whatever is in either: nothing in it is looked at (FtwRestart).
void Predictor::find_interrupted_write() {
  const WriteQueue queue = read_write_queue(working_area_of(volume_, layout_), layout_);
  if (!queue.interrupted || !queue.interrupted->is_possible()) return;
  interrupted_ = queue.interrupted;
  replayed_ = volume_;
  std::copy_n(volume_.begin() + static_cast<std::ptrdiff_t>(layout_.spare.offset_bytes),
              interrupted_->target.size_bytes,
              replayed_.begin() + static_cast<std::ptrdiff_t>(interrupted_->target.offset_bytes));
}

bool Predictor::replay_leaves_a_store() {
  std::optional<HeaderFault> fault = volume_fault(file_name_, replayed_, layout_, is_x86());
  const Outcome then = fault && is_x86() ? Outcome::kWipesAndCrashes : Outcome::kCrashes;
  if (!fault) fault = file_system_fault(file_name_, replayed_);
  if (!fault) fault = store_fault(file_name_, replayed_);
  const std::string what = fmt::format(
      "write queue of {} at offset {:#x}: a write of {} bytes was interrupted; {} copies them from the spare "
      "area at {:#x} to offset {:#x}",
      file_name_, interrupted_->record_offset_bytes, interrupted_->target.size_bytes, firmware_.code_name,
      layout_.spare.offset_bytes, interrupted_->target.offset_bytes);
  if (!fault) {
    note(ErrorId::kWriteReplayed, Severity::kWarning, interrupted_->record_offset_bytes, what);
    return true;
  }
  end(is_x86() ? then : Outcome::kFormats, ErrorId::kWriteReplayDestroys, interrupted_->record_offset_bytes,
      fmt::format("{}, although they are no variable store ({}), and does not survive its next start", what,
                  fault->message));
  return false;
}

// Without SMM the variable driver copies the store to memory, then the write is completed in flash, and then
// the driver goes on by its copy: it appends where its own records end.
void Predictor::replay_behind_the_drivers_back() {
  RecordFate seen = fate_of_records(file_name_, volume_, layout_, firmware_.smm);
  if (seen.outcome != Outcome::kKeeps) return take(std::move(seen));
  RecordFate there = fate_of_records(file_name_, replayed_, layout_, firmware_.smm);
  const std::uint64_t seen_end = seen.walk_end_bytes;
  const std::uint64_t there_end = there.walk_end_bytes;
  take(std::move(there));
  if (seen_end >= there_end) return;
  const StoreClaims claims = store_claims(replayed_);
  const Bytes untouched = Bytes(replayed_).first(seen_end).subspan(kHeadersBytes);
  result_.live = live_identities(walked(file_name_, untouched, claims.kind, kHeadersBytes));
  note(
      ErrorId::kReplayOverwritten, Severity::kError, seen_end,
      fmt::format(
          "records of {} end at offset {:#x}, those in the spare area at {:#x}; {} has read the former when it "
          "copies the latter, and writes its next variables over them from {:#x} on",
          file_name_, seen_end, there_end, firmware_.code_name, seen_end));
}

void Predictor::take(RecordFate fate) {
  result_.outcome = fate.outcome;
  result_.live = std::move(fate.live);
  walk_end_bytes_ = fate.walk_end_bytes;
  for (Finding& reason : fate.reasons) {
    note(reason.id, reason.severity, *reason.place.offset_bytes, std::move(reason.message));
  }
}

// What could be read in the place where the layout has its store, whatever the headers say.
void Predictor::count_what_could_be_had() {
  if (file_.size() < kHeadersBytes) return;
  const Bytes all = interrupted_ ? Bytes(replayed_) : file_;
  const Bytes area =
      all.first(std::min<std::uint64_t>(all.size(), layout_.variables_end_bytes)).subspan(kHeadersBytes);
  const HeaderKind kind = kind_of_records(area, claimed_kind(all));
  const Salvage salvage = salvage_records(file_name_, area, kind, kHeadersBytes, false);
  readable_ = live_identities(walked(file_name_, salvage.area, kind, kHeadersBytes));
}

Prediction Predictor::run() && {
  if (place_in_flash()) {
    const std::uint64_t from = std::min<std::uint64_t>(window_offset_bytes_, file_.size());
    const std::uint64_t size = std::min<std::uint64_t>(layout_.volume_bytes, file_.size() - from);
    const Bytes seen = file_.subspan(from, size);
    volume_.assign(seen.begin(), seen.end());
    volume_.resize(layout_.volume_bytes, 0xff);
    find_interrupted_write();
    is_x86() ? x86() : arm();
  }
  count_what_could_be_had();
  report_lost();
  return std::move(result_);
}

void Predictor::report_lost() {
  const std::set<variable::Identity> live(result_.live.begin(), result_.live.end());
  std::ranges::copy_if(readable_, std::back_inserter(result_.lost),
                       [&](const variable::Identity& each) { return !live.contains(each); });
  const bool boots_with_some =
      result_.outcome == Outcome::kKeeps || result_.outcome == Outcome::kKeepsAfterReplay;
  if (!boots_with_some || result_.lost.empty()) return;
  result_.outcome = result_.live.empty() ? Outcome::kFormats : Outcome::kLosesVariables;
  note(
      ErrorId::kVariablesUnseen, Severity::kError, walk_end_bytes_,
      fmt::format("{} sees the records of {} up to offset {:#x}: {} variables, and not {} others that can be "
                  "read, the first of them {}; it takes their place for free room and erases them",
                  firmware_.code_name, file_name_, walk_end_bytes_, result_.live.size(), result_.lost.size(),
                  result_.lost.front().text()));
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kKeeps:
      return "keeps";
    case Outcome::kKeepsAfterReplay:
      return "keeps-after-replay";
    case Outcome::kLosesVariables:
      return "loses-variables";
    case Outcome::kFormats:
      return "formats";
    case Outcome::kVolatile:
      return "volatile";
    case Outcome::kWipesAndCrashes:
      return "wipes-and-crashes";
    case Outcome::kCrashes:
      return "crashes";
    case Outcome::kHangs:
      return "hangs";
    case Outcome::kRefused:
      return "refused";
  }
  return "";
}

Prediction predict(const std::string& file_name, Bytes file, std::uint64_t file_size_bytes,
                   const FirmwareTraits& firmware) {
  return Predictor(file_name, file, file_size_bytes, firmware).run();
}

}  // namespace nonvol::flash
