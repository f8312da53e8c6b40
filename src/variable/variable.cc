#include "variable/variable.h"

#include <fmt/format.h>

#include <algorithm>

namespace nonvol::variable {
namespace {

// Appends one code point as UTF-16LE.
void append_utf16(std::vector<std::uint8_t>& out, std::uint32_t code_point) {
  const auto unit = [&](std::uint32_t value) {
    out.push_back(static_cast<std::uint8_t>(value));
    out.push_back(static_cast<std::uint8_t>(value >> 8));
  };
  if (code_point < 0x10000) return unit(code_point);
  unit(0xd800 + ((code_point - 0x10000) >> 10));
  unit(0xdc00 + ((code_point - 0x10000) & 0x3ff));
}

std::uint32_t code_point_of(std::string_view sequence) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(sequence[i]));
  };
  switch (sequence.size()) {
    case 1:
      return byte(0);
    case 2:
      return (byte(0) & 0x1f) << 6 | (byte(1) & 0x3f);
    case 3:
      return (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    default:
      return (byte(0) & 0x07) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f);
  }
}

// "Boot" and four upper-case hexadecimal digits, as UEFI 2.10, 3.3 names load options.
bool is_numbered(std::string_view name, std::string_view prefix) {
  return name.size() == prefix.size() + 4 && name.starts_with(prefix) &&
         name.find_first_not_of("0123456789ABCDEF", prefix.size()) == std::string_view::npos;
}

}  // namespace

std::vector<std::string> attribute_names(std::uint32_t attributes) {
  static constexpr std::string_view kNames[] = {
      "NON_VOLATILE",
      "BOOTSERVICE_ACCESS",
      "RUNTIME_ACCESS",
      "HARDWARE_ERROR_RECORD",
      "AUTHENTICATED_WRITE_ACCESS",
      "TIME_BASED_AUTHENTICATED_WRITE_ACCESS",
      "APPEND_WRITE",
      "ENHANCED_AUTHENTICATED_ACCESS",
  };
  std::vector<std::string> result;
  for (std::size_t bit = 0; bit < std::size(kNames); ++bit) {
    if ((attributes >> bit & 1u) != 0) result.emplace_back(kNames[bit]);
  }
  const std::uint32_t unknown = attributes >> std::size(kNames) << std::size(kNames);
  if (unknown != 0) result.push_back(fmt::format("{:#x}", unknown));
  return result;
}

std::string Identity::text() const {
  return name().text + "-" + vendor.text();
}

std::optional<Identity> make_identity(std::string_view name, const octets::Guid& vendor) {
  if (name.empty()) return std::nullopt;
  Identity identity{vendor, {}};
  while (!name.empty()) {
    const std::size_t length = octets::utf8_sequence_bytes(name);
    if (length == 0 || name.front() == '\0') return std::nullopt;
    append_utf16(identity.name_utf16, code_point_of(name.substr(0, length)));
    name.remove_prefix(length);
  }
  return identity;
}

std::optional<octets::Guid> well_known_vendor(std::string_view name) {
  struct Known {
    std::string_view name;
    octets::Guid vendor;
  };
  static constexpr Known kKnown[] = {
      {"BootOrder", vendor::kGlobal},
      {"BootNext", vendor::kGlobal},
      {"DriverOrder", vendor::kGlobal},
      {"SysPrepOrder", vendor::kGlobal},
      {"Timeout", vendor::kGlobal},
      {"PlatformLang", vendor::kGlobal},
      {"Lang", vendor::kGlobal},
      {"ConIn", vendor::kGlobal},
      {"ConOut", vendor::kGlobal},
      {"ErrOut", vendor::kGlobal},
      {"OsIndications", vendor::kGlobal},
      {"PK", vendor::kGlobal},
      {"KEK", vendor::kGlobal},
      {"db", vendor::kImageSecurityDatabase},
      {"dbx", vendor::kImageSecurityDatabase},
      {"dbt", vendor::kImageSecurityDatabase},
      {"dbr", vendor::kImageSecurityDatabase},
      {"SecureBootEnable", vendor::kSecureBootEnable},
      {"CustomMode", vendor::kCustomMode},
      {"certdb", vendor::kCertDb},
      {"VendorKeysNv", vendor::kVendorKeys},
      {"MokList", vendor::kShim},
      {"MokListX", vendor::kShim},
      {"MokSBState", vendor::kShim},
      {"SbatLevel", vendor::kShim},
  };
  const auto found = std::ranges::find(kKnown, name, &Known::name);
  if (found != std::end(kKnown)) return found->vendor;
  for (const std::string_view prefix : {"Boot", "Driver", "SysPrep"}) {
    if (is_numbered(name, prefix)) return vendor::kGlobal;
  }
  return std::nullopt;
}

std::uint32_t usual_attributes(const Identity& identity) {
  using namespace attribute;
  constexpr std::uint32_t kEverywhere = kNonVolatile | kBootService | kRuntime;
  constexpr std::uint32_t kFirmwareOnly = kNonVolatile | kBootService;
  const octets::Utf8Text utf8 = identity.name();
  const std::string_view name = utf8.text;
  const bool is_key = identity.vendor == vendor::kGlobal && (name == "PK" || name == "KEK");
  if (is_key || identity.vendor == vendor::kImageSecurityDatabase)
    return kEverywhere | kTimeBasedAuthenticated;
  const bool firmware_only = identity.vendor == vendor::kSecureBootEnable ||
                             identity.vendor == vendor::kCustomMode || identity.vendor == vendor::kShim;
  return firmware_only ? kFirmwareOnly : kEverywhere;
}

}  // namespace nonvol::variable
