#include "capi/error.h"
#include "capi/options.h"

using namespace nonvol;
using namespace nonvol::capi;

namespace {

constexpr std::uint32_t kFlags =
    NONVOL_FORMAT_SEED_LAYOUT | NONVOL_FORMAT_SHA256 | NONVOL_FORMAT_LOSE_CONTENTS;

Result<vnvram::LayoutRequest> layout_of(const nonvol_entry* entries, size_t entry_count,
                                        const nonvol_format_options& options) {
  if (Result<void> checked = check_flags(options.flags, kFlags); !checked) return checked.error();
  if (entries == nullptr && entry_count != 0) return bad_call("entries is NULL");
  vnvram::LayoutRequest layout;
  for (size_t i = 0; i < entry_count; ++i) {
    Result<vnvram::EntryRequest> entry = entry_of(&entries[i]);
    if (!entry) return entry.error();
    layout.entries.push_back(*std::move(entry));
  }
  layout.seed_layout = (options.flags & NONVOL_FORMAT_SEED_LAYOUT) != 0;
  layout.reserve_bytes = options.reserve_bytes;
  if (options.image_bytes != 0) layout.size_bytes = options.image_bytes;
  return layout;
}

}  // namespace

int nonvol_nvram_measure(const nonvol_entry* entries, size_t entry_count,
                         const nonvol_format_options* options, uint64_t* image_bytes, nonvol_error** error) {
  return guarded(error, [&]() -> Result<void> {
    if (image_bytes == nullptr) return bad_call("image_bytes is NULL");
    const Result<nonvol_format_options> given = taken(options);
    if (!given) return given.error();
    const Result<vnvram::LayoutRequest> layout = layout_of(entries, entry_count, *given);
    if (!layout) return layout.error();
    const Result<std::uint64_t> measured = vnvram::measure(*layout);
    if (!measured) return measured.error();
    *image_bytes = *measured;
    return {};
  });
}

int nonvol_nvram_format(const char* location, const nonvol_entry* entries, size_t entry_count,
                        const nonvol_format_options* options, int* formatted, nonvol_error** error) {
  return guarded(error, [&]() -> Result<void> {
    if (location == nullptr) return bad_call("location is NULL");
    const Result<nonvol_format_options> given = taken(options);
    if (!given) return given.error();
    Result<vnvram::LayoutRequest> layout = layout_of(entries, entry_count, *given);
    if (!layout) return layout.error();
    const Result<std::optional<seal::Key>> key = key_of(given->key, given->key_bytes);
    if (!key) return key.error();
    const Result<vnvram::Formatted> done = vnvram::format(
        location, {.layout = *std::move(layout),
                   .integrity = (given->flags & NONVOL_FORMAT_SHA256) != 0 ? vnvram::Integrity::kSha256
                                                                           : vnvram::Integrity::kCrc32c,
                   .user_key = key->has_value() ? &**key : nullptr,
                   .lose_contents = (given->flags & NONVOL_FORMAT_LOSE_CONTENTS) != 0,
                   .luks_key_file = given->luks_key_file == nullptr ? "" : given->luks_key_file,
                   .lock_wait_ms = given->lock_wait_ms});
    if (!done) return done.error();
    if (formatted != nullptr) *formatted = *done == vnvram::Formatted::kYes ? 1 : 0;
    return {};
  });
}
