#include "api/keys_time.h"

#include <charconv>

namespace nonvol::api {
namespace {

namespace chrono = std::chrono;

constexpr std::string_view kShape = "0000-00-00T00:00:00Z";

// `text` has the shape, so that there are digits.
int number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int number = 0;
  std::from_chars(text.data() + at, text.data() + at + digits, number);
  return number;
}

}  // namespace

std::optional<chrono::sys_seconds> parse_utc(std::string_view text) {
  if (text.size() != kShape.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool fits = kShape[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == kShape[i];
    if (!fits) return std::nullopt;
  }
  const chrono::year_month_day date{chrono::year{number_at(text, 0, 4)},
                                    chrono::month{static_cast<unsigned>(number_at(text, 5, 2))},
                                    chrono::day{static_cast<unsigned>(number_at(text, 8, 2))}};
  const int hour = number_at(text, 11, 2);
  const int minute = number_at(text, 14, 2);
  const int second = number_at(text, 17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return chrono::sys_days{date} + chrono::hours{hour} + chrono::minutes{minute} + chrono::seconds{second};
}

efi::EfiTime efi_time(chrono::sys_seconds time) {
  const auto midnight = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date{midnight};
  const chrono::hh_mm_ss clock{time - midnight};
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  efi::EfiTime result{};
  result[0] = static_cast<std::uint8_t>(year & 0xff);
  result[1] = static_cast<std::uint8_t>(year >> 8 & 0xff);
  result[2] = static_cast<std::uint8_t>(static_cast<unsigned>(date.month()));
  result[3] = static_cast<std::uint8_t>(static_cast<unsigned>(date.day()));
  result[4] = static_cast<std::uint8_t>(clock.hours().count());
  result[5] = static_cast<std::uint8_t>(clock.minutes().count());
  result[6] = static_cast<std::uint8_t>(clock.seconds().count());
  return result;
}

}  // namespace nonvol::api
