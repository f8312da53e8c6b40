#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "efi/device_path.h"
#include "octets/text.h"

namespace nonvol::efi {

// EFI_LOAD_OPTION_ATTRIBUTES (UEFI 2.10, 3.1.3).
namespace load_option {
inline constexpr std::uint32_t kActive = 0x01;          // started when its turn comes
inline constexpr std::uint32_t kForceReconnect = 0x02;  // of drivers
inline constexpr std::uint32_t kHidden = 0x08;          // not shown in the menu
inline constexpr std::uint32_t kCategory = 0x1f00;
inline constexpr std::uint32_t kCategoryApplication = 0x0100;  // never started by the boot order
}  // namespace load_option

// The value of Boot####, Driver#### and SysPrep#### (UEFI 2.10, 3.1.3), kept byte for byte.
struct LoadOption {
  std::uint32_t attributes = 0;
  std::vector<std::uint8_t> description_utf16;  // UTF-16LE without the final NUL
  std::vector<std::uint8_t> path_list;          // device paths, the first one is what is started
  std::vector<std::uint8_t> optional_data;      // for what is started
  std::uint64_t path_list_offset_bytes = 0;     // in the value that was parsed

  bool active() const { return (attributes & load_option::kActive) != 0; }
  bool hidden() const { return (attributes & load_option::kHidden) != 0; }
  octets::Utf8Text description() const { return octets::utf8_from_utf16le(description_utf16); }
  // Entries that edk2's boot manager made and removes again when their device is gone: it marks them with a
  // GUID as optional data (mBmAutoCreateBootOptionGuid in UefiBootManagerLib).
  bool made_by_firmware() const;
};

// "ACTIVE", "FORCE_RECONNECT", "HIDDEN", "CATEGORY_APP"; other bits as one hex number.
std::vector<std::string> load_option_attribute_names(std::uint32_t attributes);

// `name` is the variable's, for messages.
Result<LoadOption> parse_load_option(octets::Bytes value, std::string_view name);

// The device paths of a load option and what is wrong with them.
DevicePaths device_paths(const LoadOption& option, std::string_view name);

// The value again; the inverse of parse_load_option().
std::vector<std::uint8_t> load_option_bytes(const LoadOption& option);

// A new one. `path` is a device path such as device_path_from_text() makes.
Result<LoadOption> make_load_option(std::string_view description, std::vector<std::uint8_t> path,
                                    std::vector<std::uint8_t> optional_data = {});

}  // namespace nonvol::efi
