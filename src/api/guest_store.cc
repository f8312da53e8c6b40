#include "api/guest_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/firmware_traits.h"
#include "api/guest_fit.h"
#include "descriptor/features.h"
#include "descriptor/machine.h"
#include "flash/predict.h"
#include "octets/text.h"
#include "varstore/contents.h"

namespace nonvol::api {
namespace {

using descriptor::Device;
using descriptor::FlashMode;
using flash::Layout;
using Outcome = flash::Prediction::Outcome;

Error no_store(const std::string& path, const std::string& what) {
  return Error(ErrorId::kNotAVariableStore, fmt::format("{} {}", path, what)).at(Place::in_file(path));
}

Error layouts_differ(const StoreUse& use, const Layout& has) {
  return Error(ErrorId::kLayoutMismatch,
               fmt::format("the code {} expects a store of layout {}, and {} has layout {}", use.code_path,
                           use.expected->name, use.path, has.name))
      .at(Place::in_file(use.path));
}

// Behind the store of an image comes the code of the same build. OVMF's build of 1 MiB shares the store of
// that of 2 MiB.
Result<void> check_image_size(const StoreUse& use, const Layout& layout, std::uint64_t file_bytes) {
  constexpr std::uint64_t kSmallImageBytes = 1 << 20;
  const bool is_small = layout.name == "ovmf-2m" && file_bytes == kSmallImageBytes;
  const bool has_code =
      file_bytes > layout.volume_bytes &&
      (is_small || is_arm(layout) || flash::layout_of_code(file_bytes - layout.volume_bytes) == &layout);
  if (has_code) return {};
  return Error(ErrorId::kFlashSize,
               fmt::format("{} begins with {} bytes of variables of layout {}, and has {} bytes in all, "
                           "which leaves no room for the code of that layout or too much",
                           use.path, layout.volume_bytes, layout.name, file_bytes))
      .at(Place::in_file(use.path));
}

Result<void> check_size(const StoreUse& use, const Layout& layout, std::uint64_t file_bytes) {
  if (use.is_combined) return check_image_size(use, layout, file_bytes);
  // Only ARM's stores are padded, to the size of their bank.
  if (is_arm(layout) || file_bytes == layout.volume_bytes) return {};
  return Error(ErrorId::kFlashSize,
               fmt::format("{} has {} bytes, and a store of layout {} has {}: the firmware would look for it "
                           "elsewhere in the flash",
                           use.path, file_bytes, layout.name, layout.volume_bytes))
      .at(Place::in_file(use.path));
}

bool is_kept(Outcome outcome) {
  switch (outcome) {
    case Outcome::kFormats:
    case Outcome::kVolatile:
    case Outcome::kWipesAndCrashes:
    case Outcome::kCrashes:
    case Outcome::kHangs:
      return false;
    case Outcome::kKeeps:
    case Outcome::kKeepsAfterReplay:
    case Outcome::kLosesVariables:  // 'vars check' has more to say; the guest keeps what it writes
    case Outcome::kRefused:         // check_flash knows the machine and says so
      break;
  }
  return true;
}

Result<void> check_prediction(const Context& context, const StoreUse& use, const Layout& layout,
                              std::uint64_t store_bytes) {
  const auto file = context.files.open_read(use.path);
  if (!file) return file.error();
  std::vector<std::uint8_t> bytes(std::min(store_bytes, layout.volume_bytes));
  const auto got = (*file)->read_at(0, bytes);
  if (!got) return got.error();
  const flash::FirmwareTraits traits = traits_of(layout, use.smm, use.code_path);
  const auto prediction = flash::predict(use.path, octets::Bytes(bytes).first(*got), store_bytes, traits);
  if (is_kept(prediction.outcome)) return {};
  const auto reason = std::ranges::find(prediction.reasons, Severity::kError, &Finding::severity);
  const bool has_reason = reason != prediction.reasons.end();
  return no_store(use.path,
                  fmt::format("is no store that the firmware keeps: {}",
                              has_reason ? reason->message : std::string(to_string(prediction.outcome))))
      .with_hint("nonvol vars check " + octets::shell_path(use.path));
}

// The inside is not read: that takes another program.
Result<void> check_image_inside(const Context& context, const StoreUse& use) {
  if (use.is_combined || use.expected == nullptr) return {};
  const auto bytes = visible_bytes(context.files, {use.path, use.format});
  if (!bytes) return bytes.error();
  const Layout& has = flash::layout_of_blank_file(*bytes);
  return &has == use.expected ? Result<void>() : layouts_differ(use, has);
}

// What is wrong with the files by their names, sizes and heads alone.
Result<void> check_files(const Context& context, guest::Home& home, const guest::Record& record) {
  // QEMU opens the guest's own copy, not what it was made from.
  const bool is_combined = record.device == Device::kFlash && record.mode == FlashMode::kCombined;
  for (const Finding& finding : home.check_firmware(context.files, record, false)) {
    if (finding.severity != Severity::kError) continue;
    if (is_combined && finding.place.file == record.executable.path) continue;
    return Error(finding.id, finding.message).at(finding.place).with_hint("nonvol show " + record.name);
  }
  return {};
}

}  // namespace

Result<void> check_kept(const Context& context, const StoreUse& use) {
  if (use.format == "qcow2") return check_image_inside(context, use);
  const auto contents = varstore::read_contents_of(context.files, {use.path});
  if (!contents) return contents.error();
  if (!contents->is_flash()) {
    return no_store(use.path, fmt::format("is {}, and no flash that firmware could map",
                                          forms::to_string(contents->form.form)));
  }
  const flash::VariableStore& store = *contents->flash;
  const Layout& layout = *store.layout;
  if (store.blank != flash::Blank::kNo) {
    if (!use.is_combined && !descriptor::is_x86(use.architecture)) return {};
    return no_store(use.path,
                    fmt::format("is blank, all 0x{}, and firmware for {} neither formats nor saves "
                                "to such a store",
                                store.blank == flash::Blank::kZero ? "00" : "ff", use.architecture));
  }
  if (use.expected != nullptr && use.expected != &layout) return layouts_differ(use, layout);
  if (layout.volume_bytes == 0) return {};
  if (auto sized = check_size(use, layout, store.file_size_bytes); !sized) return sized;
  return check_prediction(context, use, layout,
                          use.is_combined ? layout.volume_bytes : store.file_size_bytes);
}

Result<void> check_json_store(const Context& context, const std::string& path) {
  const auto contents = varstore::read_contents_of(context.files, {path});
  if (!contents) return contents.error();
  if (contents->form_of_file() == forms::Form::kQemuJson) return {};
  return no_store(path, fmt::format("is {}, and no JSON of QEMU's uefi-vars device",
                                    forms::to_string(contents->form_of_file())));
}

Result<void> check_guest(const Context& context, guest::Home& home, const guest::Record& record) {
  if (auto checked = check_files(context, home, record); !checked) return checked;
  if (auto checked = home.check_master(record); !checked) return checked;
  const std::string nvram_path = home.nvram_path(record);
  if (auto checked = check_guest_flash(context, record, nvram_path); !checked) return checked;
  if (!record.nvram || record.interface != "uefi") return {};
  if (record.device != Device::kFlash) return check_json_store(context, nvram_path);
  StoreUse use{nvram_path,
               record.nvram->format,
               record.executable.path,
               record.architecture,
               nullptr,
               record.mode == FlashMode::kCombined,
               std::ranges::find(record.features, descriptor::kRequiresSmm) != record.features.end()};
  if (!use.is_combined) {
    const auto code = visible_bytes(context.files, {record.executable.path, record.executable.format});
    if (!code) return code.error();
    use.expected = flash::layout_of_code_file(*code);
  }
  return check_kept(context, use);
}

}  // namespace nonvol::api
