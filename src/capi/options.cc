#include "capi/options.h"

#include <fmt/format.h>

namespace nonvol::capi {
namespace {

std::string text_of(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

}  // namespace

Result<void> check_flags(std::uint32_t flags, std::uint32_t known) {
  if ((flags & ~known) == 0) return {};
  return bad_call(fmt::format("the flags are 0x{:x}, known are 0x{:x}", flags, known));
}

Result<vnvram::EntryRequest> entry_of(const nonvol_entry* entry) {
  if (entry == nullptr || entry->name == nullptr) return bad_call("an entry, or its name, is NULL");
  if (entry->kind != NONVOL_KIND_PLAIN && entry->kind != NONVOL_KIND_ATOMIC) {
    return Error(ErrorId::kBadEntryRequest,
                 fmt::format("'{}' is to be of kind {}, there are 1 and 2", entry->name, entry->kind));
  }
  if ((entry->flags & ~NONVOL_ENTRY_ENCRYPTED) != 0) {
    return Error(ErrorId::kBadEntryRequest, fmt::format("'{}' has the flags 0x{:x}, known are 0x{:x}",
                                                        entry->name, entry->flags, NONVOL_ENTRY_ENCRYPTED));
  }
  return vnvram::EntryRequest{
      entry->name, entry->capacity_bytes,
      entry->kind == NONVOL_KIND_PLAIN ? vnvram::EntryKind::kPlain : vnvram::EntryKind::kAtomic,
      (entry->flags & NONVOL_ENTRY_ENCRYPTED) != 0};
}

Result<vnvram::WriteOptions> write_options_of(const nonvol_write_options* given) {
  const Result<nonvol_write_options> options = taken(given);
  if (!options) return options.error();
  if (Result<void> checked = check_flags(options->flags, NONVOL_WRITE_FILL | NONVOL_WRITE_OVER_DAMAGE);
      !checked) {
    return checked.error();
  }
  vnvram::WriteOptions result;
  if ((options->flags & NONVOL_WRITE_FILL) != 0) result.fill = options->fill;
  result.over_damage = (options->flags & NONVOL_WRITE_OVER_DAMAGE) != 0;
  return result;
}

Result<std::optional<seal::Key>> key_of(const void* key, std::size_t key_bytes) {
  if (key == nullptr) return std::optional<seal::Key>();
  Result<seal::Key> parsed = vnvram::parse_key(bytes_of(key, key_bytes), "the key");
  if (!parsed) return parsed.error();
  return std::optional<seal::Key>(*std::move(parsed));
}

std::vector<std::string> words_of(const char* const* words) {
  std::vector<std::string> result;
  for (; words != nullptr && *words != nullptr; ++words) result.emplace_back(*words);
  return result;
}

Result<FirmwareOptions> firmware_options_of(const nonvol_firmware_options* given) {
  const Result<nonvol_firmware_options> options = taken(given);
  if (!options) return options.error();
  const std::uint32_t known =
      NONVOL_FIRMWARE_TRUST_CLAIMS | NONVOL_FIRMWARE_ALLOW_MISSING_FILES | NONVOL_FIRMWARE_WELL_KNOWN;
  if (Result<void> checked = check_flags(options->flags, known); !checked) return checked.error();
  if (options->secure_boot > NONVOL_SECURE_BOOT_OFF) {
    return bad_call(
        fmt::format("secure_boot is {}, the most is {}", options->secure_boot, NONVOL_SECURE_BOOT_OFF));
  }
  FirmwareOptions result;
  result.root = text_of(options->root);
  result.search_directories = words_of(options->search_directories);
  result.architecture = text_of(options->architecture);
  result.machine = text_of(options->machine);
  if (options->interface_type != nullptr) result.interface_type = options->interface_type;
  result.require = words_of(options->require);
  result.forbid = words_of(options->forbid);
  result.device = text_of(options->device);
  result.mode = text_of(options->mode);
  result.format = text_of(options->format);
  if (options->secure_boot != NONVOL_SECURE_BOOT_ANY)
    result.secure_boot = options->secure_boot == NONVOL_SECURE_BOOT_ON;
  result.qemu_version = text_of(options->qemu_version);
  result.nvram = text_of(options->nvram);
  result.for_store = text_of(options->for_store);
  result.trust_claims = (options->flags & NONVOL_FIRMWARE_TRUST_CLAIMS) != 0;
  result.allow_missing_files = (options->flags & NONVOL_FIRMWARE_ALLOW_MISSING_FILES) != 0;
  result.well_known = (options->flags & NONVOL_FIRMWARE_WELL_KNOWN) != 0;
  return result;
}

octets::Bytes bytes_of(const void* bytes, std::size_t byte_count) {
  return {static_cast<const std::uint8_t*>(bytes), byte_count};
}

}  // namespace nonvol::capi
