#pragma once

#include <cstdint>

#include "octets/guid.h"

// EFI_SECTION_TYPE (PI 1.8, volume 3, 2.1.5.1), and the GUIDs of sections that say how they are packed.
// Inside this folder only.
namespace nonvol::flash::section_type {

inline constexpr std::uint8_t kCompression = 0x01;
inline constexpr std::uint8_t kGuided = 0x02;
inline constexpr std::uint8_t kDisposable = 0x03;
inline constexpr std::uint8_t kPe32 = 0x10;
inline constexpr std::uint8_t kPositionIndependent = 0x11;
inline constexpr std::uint8_t kTerse = 0x12;
inline constexpr std::uint8_t kDxeDependency = 0x13;
inline constexpr std::uint8_t kVersion = 0x14;
inline constexpr std::uint8_t kUserInterface = 0x15;
inline constexpr std::uint8_t kCompatibility16 = 0x16;
inline constexpr std::uint8_t kVolumeImage = 0x17;
inline constexpr std::uint8_t kFreeformGuid = 0x18;
inline constexpr std::uint8_t kRaw = 0x19;
inline constexpr std::uint8_t kPeiDependency = 0x1b;
inline constexpr std::uint8_t kMmDependency = 0x1c;

inline constexpr octets::Guid kLzma = octets::guid_literal("ee4e5898-3914-4259-9d6e-dc7bd79403cf");
inline constexpr octets::Guid kLzmaX86 = octets::guid_literal("d42ae6bd-1352-4bfb-909a-ca72a6eae889");
inline constexpr octets::Guid kCrc32 = octets::guid_literal("fc1bcdb0-7d31-49aa-936a-a4600d9dd083");
inline constexpr octets::Guid kTiano = octets::guid_literal("a31280ad-481e-41b6-95e8-127f4c984779");
inline constexpr octets::Guid kBrotli = octets::guid_literal("3d532050-5cda-4fd0-879e-0f7f630d5afb");

}  // namespace nonvol::flash::section_type
