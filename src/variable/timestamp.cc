#include "variable/timestamp.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "octets/text.h"

namespace nonvol::variable {

std::optional<Timestamp> parse_timestamp(octets::Bytes bytes) {
  if (bytes.size() != kTimestampSizeBytes || octets::all_equal(bytes, 0)) return std::nullopt;
  octets::Reader reader(bytes);
  Timestamp stamp;
  stamp.year = reader.u16("year");
  stamp.month = reader.u8("month");
  stamp.day = reader.u8("day");
  stamp.hour = reader.u8("hour");
  stamp.minute = reader.u8("minute");
  stamp.second = reader.u8("second");
  reader.u8("padding");
  stamp.nanosecond = reader.u32("nanosecond");
  stamp.zone_minutes = static_cast<std::int16_t>(reader.u16("time zone"));
  stamp.daylight = reader.u8("daylight");
  std::ranges::copy(bytes, stamp.raw.begin());
  return stamp;
}

std::optional<std::string> rfc3339(const Timestamp& stamp) {
  namespace chrono = std::chrono;
  const chrono::year_month_day date{chrono::year{stamp.year}, chrono::month{stamp.month},
                                    chrono::day{stamp.day}};
  const bool in_range = stamp.year >= 1900 && stamp.year <= 9999 && date.ok() && stamp.hour < 24 &&
                        stamp.minute < 60 && stamp.second < 60 && stamp.nanosecond < 1'000'000'000 &&
                        stamp.zone_minutes >= -1440 && stamp.zone_minutes <= 1440;
  if (!in_range) return std::nullopt;
  const chrono::sys_seconds utc = chrono::sys_days{date} + chrono::hours{stamp.hour} +
                                  chrono::minutes{stamp.minute + stamp.zone_minutes} +
                                  chrono::seconds{stamp.second};
  const auto midnight = chrono::floor<chrono::days>(utc);
  const chrono::year_month_day day{midnight};
  const chrono::hh_mm_ss time{utc - midnight};
  const int year = static_cast<int>(day.year());
  if (year > 9999) return std::nullopt;  // the last hours of 9999, west of Greenwich
  std::string fraction;
  if (stamp.nanosecond != 0) {
    fraction = fmt::format(".{:09}", stamp.nanosecond);
    fraction.erase(fraction.find_last_not_of('0') + 1);
  }
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", year, static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()), time.hours().count(), time.minutes().count(),
                     time.seconds().count(), fraction);
}

}  // namespace nonvol::variable
