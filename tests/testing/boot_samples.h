#pragma once

#include <string_view>
#include <vector>

#include "octets/text.h"
#include "variable/variable.h"

namespace nonvol::boot_samples {

// What OVMF writes into an empty store: its setup application, a DVD drive and a disk that it found itself
// (the 16 bytes at the end mark entries that the boot manager made), and the entry that Debian's installer
// adds.
inline constexpr std::string_view kUiApp =
    "09010000"
    "2c00"
    "550069004100700070000000"
    "04071400c9bdb87cebf8344faaea3ee4af6516a1"
    "0406140021aa2c4614760345836e8ab6f4662331"
    "7fff0400";
inline constexpr std::string_view kDvd =
    "01000000200055004500460049002000510045004d00550020004400560044002d0052004f004d00200051004d003000"
    "30003000300035002000000002010c00d041030a0000000001010600021f03120a000200ffff00007fff04004eac0881"
    "119f594d850ee21a522c59b2";
inline constexpr std::string_view kHttp =
    "010000005a0055004500460049002000480054005400500076003400200028004d00410043003a003500320035003400"
    "300030003100320033003400350036002900000002010c00d041030a00000000010106000001030b2500525400123456"
    "000000000000000000000000000000000000000000000000000001030c1b000000000000000000000000000000000000"
    "000000000000031804007fff04004eac0881119f594d850ee21a522c59b2";
inline constexpr std::string_view kDebian =
    "01000000"
    "6200"
    "64006500620069006100"
    "6e000000"
    "04012a0001000000000800000000000000001000000000006745"
    "6b8b7b32c623643c9869663348730202"
    "040434005c004500460049005c00640065006200690061006e005c007300680069006d007800360034002e00650066006900"
    "0000"
    "7fff0400";

inline std::vector<std::uint8_t> bytes(std::string_view hex) {
  return octets::from_hex(hex).value_or(std::vector<std::uint8_t>{});
}

inline variable::Variable variable(std::string_view name, std::vector<std::uint8_t> data,
                                   const octets::Guid& vendor = variable::vendor::kGlobal) {
  variable::Variable result;
  result.identity = variable::make_identity(name, vendor).value_or(variable::Identity{});
  result.attributes = 7;
  result.data = std::move(data);
  return result;
}

}  // namespace nonvol::boot_samples
