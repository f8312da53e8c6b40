#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "outcome/catalogue_damage.h"
#include "outcome/catalogue_firmware.h"
#include "outcome/catalogue_guests.h"
#include "outcome/catalogue_images.h"
#include "outcome/catalogue_keys.h"
#include "outcome/catalogue_libvirt.h"
#include "outcome/catalogue_lint.h"
#include "outcome/catalogue_requests.h"
#include "outcome/catalogue_stores.h"
#include "outcome/catalogue_tpm.h"
#include "outcome/catalogue_values.h"
#include "outcome/catalogue_volumes.h"
#include "outcome/error_id.h"

namespace nonvol {
namespace {

template <std::size_t... Sizes>
constexpr auto joined(const CatalogueEntry (&... parts)[Sizes]) {
  std::array<CatalogueEntry, (Sizes + ...)> all{};
  auto* next = all.data();
  ((next = std::ranges::copy(parts, next).out), ...);
  return all;
}

// Ascending by number. docs/errors.md, `nonvol explain ID` and the exit codes all come from here.
constexpr auto kCatalogue = joined(
    catalogue_parts::kRequests, catalogue_parts::kStores, catalogue_parts::kValues, catalogue_parts::kKeys,
    catalogue_parts::kDamage, catalogue_parts::kVolumes, catalogue_parts::kFirmware, catalogue_parts::kLint,
    catalogue_parts::kGuests, catalogue_parts::kLibvirt, catalogue_parts::kImages,
    catalogue_parts::kTpm);

}  // namespace

std::span<const CatalogueEntry> catalogue() {
  return kCatalogue;
}

const CatalogueEntry& catalogue_entry(ErrorId id) {
  const auto found = std::ranges::lower_bound(kCatalogue, id, {}, &CatalogueEntry::id);
  if (found != kCatalogue.end() && found->id == id) return *found;
  return kCatalogue.back();
}

std::string to_string(ErrorId id) {
  return fmt::format("NV{:04}", static_cast<unsigned>(id));
}

const CatalogueEntry* find_catalogue_entry(std::string_view text) {
  if (text.size() == 6 && (text[0] == 'N' || text[0] == 'n') && (text[1] == 'V' || text[1] == 'v')) {
    text.remove_prefix(2);
  }
  if (text.size() != 4) return nullptr;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return nullptr;
  const auto found = std::ranges::find(kCatalogue, static_cast<ErrorId>(number), &CatalogueEntry::id);
  return found == kCatalogue.end() ? nullptr : &*found;
}

}  // namespace nonvol
