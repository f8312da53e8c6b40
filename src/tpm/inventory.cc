#include "tpm/inventory.h"

#include <algorithm>

namespace nonvol::tpm {
namespace {

// TPM_PT (part 2, 6.13).
constexpr std::uint32_t kFixedProperties = 0x100;
constexpr std::uint32_t kFamily = 0x100;
constexpr std::uint32_t kLevel = 0x101;
constexpr std::uint32_t kRevision = 0x102;
constexpr std::uint32_t kManufacturer = 0x105;
constexpr std::uint32_t kVendorString = 0x106;  // and the three behind it
constexpr std::uint32_t kFirmwareVersion1 = 0x10b;
constexpr std::uint32_t kFirmwareVersion2 = 0x10c;
constexpr std::uint32_t kVariableProperties = 0x200;
constexpr std::uint32_t kPermanent = 0x200;     // TPMA_PERMANENT: part 2, 8.6
constexpr std::uint32_t kStartupClear = 0x201;  // TPMA_STARTUP_CLEAR: part 2, 8.7
constexpr std::uint32_t kLockoutCounter = 0x20e;
constexpr std::uint32_t kMaxAuthFail = 0x20f;
constexpr std::uint32_t kLockoutInterval = 0x210;
constexpr std::uint32_t kLockoutRecovery = 0x211;
// Part 2, 7.2: the highest byte of a handle is its kind.
constexpr Handle kFirstIndex = 0x01000000;
constexpr Handle kFirstPersistent = 0x81000000;

class Properties {
 public:
  explicit Properties(std::vector<std::pair<std::uint32_t, std::uint32_t>> all) : all_(std::move(all)) {}
  std::uint32_t operator[](std::uint32_t property) const {
    const auto found = std::ranges::find_if(all_, [&](const auto& one) { return one.first == property; });
    return found == all_.end() ? 0 : found->second;
  }

 private:
  std::vector<std::pair<std::uint32_t, std::uint32_t>> all_;
};

// One space where there are several: libtpms has "SW  " and " TPM".
std::string vendor_of(const Properties& properties) {
  std::string text;
  for (std::uint32_t i = 0; i < 4; ++i) text += vendor_letters(properties[kVendorString + i]);
  const auto both_spaces = [](char a, char b) { return a == ' ' && b == ' '; };
  text.erase(std::unique(text.begin(), text.end(), both_spaces), text.end());
  while (text.ends_with(' ')) text.pop_back();
  return text.starts_with(' ') ? text.substr(1) : text;
}

Result<void> read_properties(CommandPort& port, TpmInventory& into) {
  auto fixed = get_properties(port, kFixedProperties);
  if (!fixed) return fixed.error();
  const Properties made(std::move(*fixed));
  into.family = vendor_letters(made[kFamily]);
  into.level = made[kLevel];
  into.revision = made[kRevision];
  into.manufacturer_id = made[kManufacturer];
  into.manufacturer = vendor_letters(into.manufacturer_id);
  into.vendor = vendor_of(made);
  into.firmware_version = static_cast<std::uint64_t>(made[kFirmwareVersion1]) << 32 | made[kFirmwareVersion2];
  auto variable = get_properties(port, kVariableProperties);
  if (!variable) return variable.error();
  const Properties now(std::move(*variable));
  const std::uint32_t permanent = now[kPermanent];
  into.owner_password = (permanent & 1u << 0) != 0;
  into.endorsement_password = (permanent & 1u << 1) != 0;
  into.lockout_password = (permanent & 1u << 2) != 0;
  into.clear_disabled = (permanent & 1u << 8) != 0;
  into.in_lockout = (permanent & 1u << 9) != 0;
  into.last_shutdown_orderly = (now[kStartupClear] & 1u << 31) != 0;
  into.lockout_failures = now[kLockoutCounter];
  into.lockout_limit = now[kMaxAuthFail];
  into.lockout_interval_seconds = now[kLockoutInterval];
  into.lockout_recovery_seconds = now[kLockoutRecovery];
  return {};
}

}  // namespace

std::string vendor_letters(std::uint32_t number) {
  std::string result;
  for (unsigned i = 0; i < 4; ++i) {
    const auto letter = static_cast<char>(number >> (24 - 8 * i));
    if (letter >= 0x20 && letter < 0x7f) result += letter;
  }
  return result;
}

Result<TpmInventory> read_inventory(CommandPort& port) {
  if (const auto started = start_up(port); !started) return started.error();
  TpmInventory result;
  if (const auto read = read_properties(port, result); !read) return read.error();
  auto banks = get_pcr_banks(port);
  if (!banks) return banks.error();
  result.banks = std::move(*banks);
  const auto objects = get_handles(port, kFirstPersistent);
  if (!objects) return objects.error();
  for (const Handle handle : *objects) {
    const Result<PublicArea> area = read_public(port, handle);
    if (!area) return area.error();
    result.objects.push_back({handle, *area});
  }
  const auto indices = get_handles(port, kFirstIndex);
  if (!indices) return indices.error();
  for (const Handle handle : *indices) {
    const Result<NvPublic> index = nv_read_public(port, handle);
    if (!index) return index.error();
    result.indices.push_back(*index);
  }
  return result;
}

}  // namespace nonvol::tpm
