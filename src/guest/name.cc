#include "guest/name.h"

#include <fmt/format.h>

#include <algorithm>

namespace nonvol::guest {
namespace {

constexpr std::size_t kMaxNameBytes = 64;

// Not std::isalnum: a guest's name may not depend on the locale.
bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name_character(char c) {
  return is_letter_or_digit(c) || c == '-' || c == '_' || c == '+';
}

}  // namespace

Result<void> check_guest_name(std::string_view name) {
  if (name.empty()) return Error(ErrorId::kBadGuestName, "a guest's name is empty");
  if (name.size() > kMaxNameBytes) {
    return Error(ErrorId::kBadGuestName,
                 fmt::format("the guest name '{}...' has {} bytes, at most {} are allowed",
                             name.substr(0, kMaxNameBytes), name.size(), kMaxNameBytes));
  }
  if (!is_letter_or_digit(name.front()) || !std::ranges::all_of(name, is_name_character)) {
    return Error(ErrorId::kBadGuestName,
                 fmt::format("'{}' is no guest name: letters, digits, '-', '_' and '+' are allowed, and a "
                             "letter or digit at the beginning",
                             name));
  }
  return {};
}

}  // namespace nonvol::guest
