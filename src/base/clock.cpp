#include "base/clock.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdio>
#include <ctime>

namespace faasta {
namespace {

std::tm utc(SystemTime time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  // This fails only for years that do not fit into an int.
  static_cast<void>(gmtime_r(&seconds, &parts));
  return parts;
}

}  // namespace

SystemTime system_now() noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string rfc3339(SystemTime time) {
  // Log lines of the same second differ only in their milliseconds.
  thread_local SystemTime made = SystemTime::min();
  thread_local std::string text;
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  if (whole != made) {
    text = fmt::format("{:%Y-%m-%dT%H:%M:%S}.000Z", utc(time));
    made = whole;
  }
  const auto milliseconds = static_cast<unsigned>((time - whole).count());
  std::string out = text;
  const std::size_t last = out.size() - 2;
  out[last - 2] = static_cast<char>('0' + milliseconds / 100);
  out[last - 1] = static_cast<char>('0' + milliseconds / 10 % 10);
  out[last] = static_cast<char>('0' + milliseconds % 10);
  return out;
}

std::optional<SystemTime> parse_rfc3339(std::string_view text) {
  const std::string copy(text.substr(0, 40));
  std::tm parts{};
  const char* rest = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  int milliseconds = 0;
  if (*rest == '.') {
    int scale = 100;
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, scale /= 10) milliseconds += (*rest - '0') * scale;
  }
  if (*rest != 'Z' || rest[1] != '\0') return std::nullopt;
  return SystemTime(std::chrono::seconds(timegm(&parts)) + std::chrono::milliseconds(milliseconds));
}

std::string http_date(SystemTime time) {
  // Does not use strftime, because the names of days and months must not follow the locale.
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::tm parts = utc(time);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[parts.tm_wday], parts.tm_mday,
                     kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace faasta
