#include "capi/options.h"

#include <fmt/format.h>

namespace nonvol::capi {

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

octets::Bytes bytes_of(const void* bytes, std::size_t byte_count) {
  return {static_cast<const std::uint8_t*>(bytes), byte_count};
}

}  // namespace nonvol::capi
