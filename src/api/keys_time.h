#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "efi/authenticated.h"

// Private to api/.
namespace nonvol::api {

// "2026-11-21T20:25:00Z": RFC 3339 to the second, in UTC; nullopt for anything else, or for a date that does
// not exist.
std::optional<std::chrono::sys_seconds> parse_utc(std::string_view text);
// As signed updates have it: to the second, the rest zero (UEFI 2.10, 8.2.2).
efi::EfiTime efi_time(std::chrono::sys_seconds time);

}  // namespace nonvol::api
