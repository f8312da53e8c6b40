#include "api/firmware_traits.h"

#include <fmt/format.h>

#include <algorithm>

#include "descriptor/features.h"
#include "flash/store_reader.h"
#include "octets/text.h"
#include "storage/file_beside.h"

namespace nonvol::api {
namespace {

using flash::FirmwareTraits;
using flash::Layout;

const Layout* layout_named(std::string_view name) {
  for (const Layout& layout : flash::known_layouts()) {
    if (layout.name == name) return &layout;
  }
  return nullptr;
}

std::vector<FirmwareTraits> both(const Layout& layout, std::optional<bool> smm,
                                 const std::string& code_name) {
  if (smm || is_arm(layout)) return {traits_of(layout, smm.value_or(false), code_name)};
  return {traits_of(layout, false, code_name), traits_of(layout, true, code_name)};
}

// What a store that nobody speaks for seems to be for: its headers say, or its size.
const Layout* layout_of_store(const Context& context, const StorePlace& place) {
  const auto contents = varstore::read_contents_of(context.files, place.medium());
  if (contents && contents->is_flash() && contents->flash->layout->volume_bytes != 0)
    return contents->flash->layout;
  const auto file = storage::open_medium(context.files, place.medium(), {});
  if (!file) return nullptr;
  const Layout& layout = flash::layout_of_blank_file((*file)->size_bytes());
  return layout.volume_bytes != 0 ? &layout : nullptr;
}

// What the machine's descriptors say of a code image: whether it keeps variables behind SMM. Nothing where
// none names it.
std::optional<bool> smm_of_descriptors(const Context& context, const std::string& code) {
  auto files = FirmwareFiles::open(context);
  if (!files) return std::nullopt;
  auto search = files->search();
  if (!search) return std::nullopt;
  const auto wanted = storage::real_path(code);
  while (const auto file = search->next()) {
    if (!wanted || !file->descriptor) continue;
    const auto executable = storage::real_path(file->descriptor->mapping.executable.path);
    if (executable && *executable == *wanted) return file->descriptor->has_feature(descriptor::kRequiresSmm);
  }
  return std::nullopt;
}

}  // namespace

FirmwareTraits traits_of(const Layout& layout, bool smm, std::string code_name) {
  FirmwareTraits traits;
  traits.expects = &layout;
  traits.code_name = std::move(code_name);
  const bool arm = flash::is_arm(layout);
  traits.family = arm ? FirmwareTraits::Family::kArm : FirmwareTraits::Family::kX86;
  // What is shipped since 2024 does; older firmware is kinder, so that this is the safe assumption.
  traits.validates_records = arm;
  traits.smm = smm && !arm;
  return traits;
}

Result<std::vector<FirmwareTraits>> firmware_traits(const Context& context, const StorePlace& place,
                                                    const FirmwareWords& words) {
  if (!words.code.empty()) {
    if (const Layout* layout = layout_named(words.code)) return both(*layout, words.smm, words.code);
    const auto status = context.files.status(words.code);
    if (!status) return status.error();
    const Layout* layout = flash::layout_of_code_file(status->size_bytes);
    if (layout == nullptr) {
      return Error(ErrorId::kBadCommandLine,
                   fmt::format("{} has {} bytes, as no code image of a known layout has", words.code,
                               status->size_bytes))
          .with_hint("nonvol help vars check");
    }
    return both(*layout, words.smm ? words.smm : smm_of_descriptors(context, words.code), words.code);
  }
  if (!place.guest.empty()) {
    auto home = open_home(context);
    if (!home) return home.error();
    const auto record = home->load(place.guest);
    if (!record) return record.error();
    const auto status = context.files.status(record->executable.path);
    const std::uint64_t size = status ? status->size_bytes : record->executable.size_bytes;
    const bool smm = std::ranges::find(record->features, descriptor::kRequiresSmm) != record->features.end();
    if (const Layout* layout = flash::layout_of_code_file(size)) {
      return both(*layout, words.smm.value_or(smm), record->executable.path);
    }
  }
  const Layout* layout = layout_of_store(context, place);
  if (layout == nullptr) return std::vector<FirmwareTraits>{};
  return both(*layout, words.smm, fmt::format("firmware of the layout {}", layout->name));
}

}  // namespace nonvol::api
