// Damages a store as the input says, and asks what firmware does with it and for a repair. A repair ends; its
// result needs no further one, is kept by the firmware that it is for, and has every live variable, unless a
// step says otherwise.
//
// Input: byte 0 layout and options, byte 1 what the file is filled with, bytes 2 and 3 how many 4 KiB are cut
// off or added; then writes: where (2 bits of a region and 14 of an offset), how many bytes, those bytes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "flash/compose.h"
#include "flash/pending_write.h"
#include "flash/predict.h"
#include "flash/repair.h"
#include "flash/repair_headers.h"

namespace {

using namespace nonvol;
using flash::FirmwareTraits;
using flash::RepairPlan;

// Not assert(): that is gone in release builds, and the seeds are replayed there too.
void require(bool condition) {
  if (!condition) std::abort();
}

std::vector<std::uint8_t> make_file(octets::Reader& reader, const flash::Layout& layout, bool healthy) {
  const std::uint8_t fill = reader.u8("fill");
  const auto pages = static_cast<std::int16_t>(reader.u16("pages"));
  std::vector<std::uint8_t> file(layout.volume_bytes, healthy ? 0xff : fill);
  if (healthy) {
    std::ranges::copy(flash::volume_headers(layout, flash::HeaderKind::kAuthenticated), file.begin());
    std::ranges::copy(flash::empty_working_area(layout),
                      file.begin() + static_cast<std::ptrdiff_t>(layout.working.offset_bytes));
  }
  const std::uint64_t regions[] = {0, flash::kHeadersBytes, layout.working.offset_bytes,
                                   layout.spare.offset_bytes};
  while (reader.left_bytes() > 3) {
    const std::uint16_t where = reader.u16("where");
    const std::uint64_t begin = regions[where >> 14] + (where & 0x3fff);
    const std::uint8_t wanted = reader.u8("size");
    const std::uint64_t size = std::min<std::uint64_t>(wanted, reader.left_bytes());
    std::ranges::copy(reader.bytes("bytes", size), file.begin() + static_cast<std::ptrdiff_t>(begin));
  }
  constexpr std::int64_t kPageBytes = 4096;
  constexpr std::int64_t kMostPages = 64;
  const std::int64_t size = static_cast<std::int64_t>(file.size()) +
                            std::clamp<std::int64_t>(pages, -kMostPages, kMostPages) * kPageBytes;
  file.resize(static_cast<std::size_t>(std::max<std::int64_t>(size, 0)), fill);
  return file;
}

void look_at(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    // What is as it should be needs no command.
    const bool has_hint = !finding.hint.empty() || finding.severity == Severity::kNote;
    require(!finding.message.empty() && has_hint && !finding.place.empty());
  }
}

// Steps that may leave fewer live variables than there were: what is copied from the spare area counts
// instead, and what cannot be a variable is left out.
bool may_lose(const RepairPlan& plan) {
  return std::ranges::any_of(plan.steps, [](const Finding& step) {
    return step.severity == Severity::kError || step.id == ErrorId::kRepairReplayed ||
           step.id == ErrorId::kRepairFromSpare || step.id == ErrorId::kRepairVolumeHeader;
  });
}

void look_at_plan(const std::vector<std::uint8_t>& file, const RepairPlan& plan,
                  const FirmwareTraits& firmware) {
  look_at(plan.steps);
  require(plan.bytes.size() == plan.layout->volume_bytes && plan.file_size_bytes >= plan.bytes.size());
  require(may_lose(plan) || plan.live_after >= plan.live_before);
  std::vector<std::uint8_t> after = file;
  after.resize(plan.file_size_bytes, 0xff);
  std::ranges::copy(plan.bytes, after.begin());
  const auto again = flash::plan_repair("fuzz.fd", after, after.size(), plan.layout);
  require(again.has_value() && again->steps.empty() && again->bytes == plan.bytes);
  const bool is_blank =
      std::ranges::all_of(plan.bytes, [&](std::uint8_t byte) { return byte == plan.bytes[0]; });
  const bool stays_long = plan.file_size_bytes != plan.layout->volume_bytes;
  if (is_blank || stays_long || firmware.expects != plan.layout) return;
  const flash::Prediction prediction = flash::predict("fuzz.fd", after, after.size(), firmware);
  require(prediction.outcome == flash::Prediction::Outcome::kKeeps && prediction.lost.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  octets::Reader reader(octets::Bytes(data, size_bytes));
  const std::uint8_t options = reader.u8("options");
  // The smallest layout as a rule, since time goes with the size; the largest is also the one of another
  // family.
  const flash::Layout& layout =
      (options & 3) == 3 ? flash::known_layouts().back() : flash::known_layouts().front();
  const std::vector<std::uint8_t> file = make_file(reader, layout, (options & 4) == 0);
  const bool is_arm = layout.name == "armvirt";
  const FirmwareTraits firmware{
      .family = is_arm ? FirmwareTraits::Family::kArm : FirmwareTraits::Family::kX86,
      .expects = &layout,
      .smm = (options & 8) != 0,
      .validates_records = false,
      .code_name = "CODE.fd"};
  look_at(flash::predict("fuzz.fd", file, file.size(), firmware).reasons);
  const auto plan = flash::plan_repair("fuzz.fd", file, file.size(), (options & 16) != 0 ? &layout : nullptr);
  if (plan) {
    look_at_plan(file, *plan, firmware);
  } else {
    require(plan.error().id != ErrorId::kImpossible && !plan.error().hint.empty());
  }
  return 0;
}
