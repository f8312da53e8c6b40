#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "octets/reader.h"

namespace nonvol::variable {

// EFI_TIME (UEFI 2.10, 8.3) as a record carries it. `raw` is what a writer must put back: losing a stamp
// reopens the replay of old signed updates.
struct Timestamp {
  std::uint16_t year = 0;
  std::uint8_t month = 0;
  std::uint8_t day = 0;
  std::uint8_t hour = 0;
  std::uint8_t minute = 0;
  std::uint8_t second = 0;
  std::uint32_t nanosecond = 0;
  std::int16_t zone_minutes = 0;  // UTC = the fields + zone; 2047 = not specified
  std::uint8_t daylight = 0;
  std::array<std::uint8_t, 16> raw{};
};

inline constexpr std::size_t kTimestampSizeBytes = 16;

// Exactly 16 bytes; nullopt for all zero, which is how a variable without a stamp looks.
std::optional<Timestamp> parse_timestamp(octets::Bytes bytes);

// "2010-03-06T19:17:21Z", with a fraction only where there is one. nullopt for a stamp whose fields are
// outside what UEFI allows or whose zone is not specified: those are shown as hex.
std::optional<std::string> rfc3339(const Timestamp& stamp);

}  // namespace nonvol::variable
