#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "octets/guid.h"
#include "octets/text.h"
#include "variable/timestamp.h"

namespace nonvol::variable {

// Attributes of a variable (UEFI 2.10, 8.2.1).
namespace attribute {
inline constexpr std::uint32_t kNonVolatile = 0x01;
inline constexpr std::uint32_t kBootService = 0x02;
inline constexpr std::uint32_t kRuntime = 0x04;
inline constexpr std::uint32_t kHardwareErrorRecord = 0x08;
inline constexpr std::uint32_t kAuthenticated = 0x10;  // by a count; deprecated, edk2 refuses to make one
inline constexpr std::uint32_t kTimeBasedAuthenticated = 0x20;
inline constexpr std::uint32_t kAppend = 0x40;  // of a call, never stored
inline constexpr std::uint32_t kEnhancedAuthenticated = 0x80;
}  // namespace attribute

// "NON_VOLATILE", "BOOTSERVICE_ACCESS", ... (UEFI 2.10, 8.2.1); unknown bits as one hex number.
std::vector<std::string> attribute_names(std::uint32_t attributes);

// What makes two records the same variable: the vendor and the name, byte for byte, never the name alone.
struct Identity {
  octets::Guid vendor;
  std::vector<std::uint8_t> name_utf16;  // UTF-16LE without the final NUL

  octets::Utf8Text name() const { return octets::utf8_from_utf16le(name_utf16); }
  std::string text() const;  // "BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c"
  friend auto operator<=>(const Identity&, const Identity&) = default;
};

// nullopt where `name` is not UTF-8, is empty or holds a NUL.
std::optional<Identity> make_identity(std::string_view name, const octets::Guid& vendor);

// A live UEFI variable, whatever holds it: a record in flash, a member of a JSON file, an entry of a VMGS
// file. What a container cannot say is zero or absent.
struct Variable {
  Identity identity;
  std::uint32_t attributes = 0;
  std::vector<std::uint8_t> data;
  // EFI_TIME as stored. All zero is no stamp. Losing it reopens the replay of old signed updates.
  std::array<std::uint8_t, kTimestampSizeBytes> time{};
  std::uint64_t monotonic_count = 0;
  std::uint32_t public_key_index = 0;
  // SHA-256 that ties a private authenticated variable to its signer, where the container keeps it beside the
  // variable (QEMU's uefi-vars, EC2). In flash it is in the variable `certdb`.
  std::vector<std::uint8_t> digest;

  friend bool operator==(const Variable&, const Variable&) = default;
};

// Vendors that are asked for by name.
namespace vendor {
inline constexpr octets::Guid kGlobal = octets::guid_literal("8be4df61-93ca-11d2-aa0d-00e098032b8c");
inline constexpr octets::Guid kImageSecurityDatabase =
    octets::guid_literal("d719b2cb-3d3a-4596-a3bc-dad00e67656f");
inline constexpr octets::Guid kSecureBootEnable =
    octets::guid_literal("f0a30bc7-af08-4556-99c4-001009c93a44");
inline constexpr octets::Guid kCustomMode = octets::guid_literal("c076ec0c-7028-4399-a072-71ee5c448b9f");
inline constexpr octets::Guid kCertDb = octets::guid_literal("d9bee56e-75dc-49d9-b4d7-b534210f637a");
inline constexpr octets::Guid kVendorKeys = octets::guid_literal("9073e4e0-60ec-4b6e-9903-4c223c260f3c");
inline constexpr octets::Guid kShim = octets::guid_literal("605dab50-e046-4300-abb6-3dd810dd8b23");
}  // namespace vendor

// The vendor that the UEFI specification, edk2 or shim gives a well-known name such as BootOrder, Boot0001,
// PK or db, so that nobody has to type it; nullopt for any other name.
std::optional<octets::Guid> well_known_vendor(std::string_view name);

// The attributes that edk2, Linux's tools and shim give a new variable of that name: time-based authenticated
// for PK, KEK and the signature databases, boot services only for shim's and edk2's own switches, else
// NV+BS+RT.
std::uint32_t usual_attributes(const Identity& identity);

}  // namespace nonvol::variable
