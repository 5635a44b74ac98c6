#include "cli/terminal/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

namespace faasta::cli {
namespace {

std::optional<std::int64_t> unix_seconds(const std::string& rfc3339) {
  std::tm fields{};
  const char* rest = ::strptime(rfc3339.c_str(), "%Y-%m-%dT%H:%M:%S", &fields);
  if (rest == nullptr) return std::nullopt;
  if (*rest == '.') {
    ++rest;
    while (*rest >= '0' && *rest <= '9') ++rest;
  }
  const std::string_view zone(rest);
  if (zone == "Z" || zone == "z") return ::timegm(&fields);
  int hours = 0;
  int minutes = 0;
  const bool numeric = zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':';
  if (!numeric || std::from_chars(rest + 1, rest + 3, hours).ptr != rest + 3 ||
      std::from_chars(rest + 4, rest + 6, minutes).ptr != rest + 6)
    return std::nullopt;
  const std::int64_t offset = std::int64_t{hours} * 3600 + std::int64_t{minutes} * 60;
  return std::int64_t{::timegm(&fields)} + (zone[0] == '-' ? offset : -offset);
}

std::string ago(std::int64_t count, std::string_view unit) {
  return fmt::format("{} {}{} ago", count, unit, count == 1 ? "" : "s");
}

}  // namespace

std::string human_size(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  const double kib = static_cast<double>(bytes) / 1024;
  return kib < 1024 ? fmt::format("{:.1f} KiB", kib) : fmt::format("{:.1f} MiB", kib / 1024);
}

std::string human_microseconds(double microseconds) {
  if (microseconds < 1000) return fmt::format("{:.0f} us", microseconds);
  if (microseconds < 1000 * 1000) return fmt::format("{:.1f} ms", microseconds / 1000);
  return fmt::format("{:.1f} s", microseconds / (1000 * 1000));
}

std::string human_age(const std::string& time, std::int64_t now) {
  const auto then = unix_seconds(time);
  if (!then) return time;
  const std::int64_t seconds = now - *then;
  if (seconds < 60) return "just now";
  if (seconds < 3600) return ago(seconds / 60, "minute");
  if (seconds < std::int64_t{48} * 3600) return ago(seconds / 3600, "hour");
  return ago(seconds / 86400, "day");
}

std::optional<std::int64_t> duration(std::string_view text) {
  std::int64_t count = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [rest, error] = std::from_chars(begin, end, count);
  // The limit of 100 years prevents an overflow of the product below.
  if (error != std::errc() || rest + 1 != end || count < 0 || count > 3'155'760'000) return std::nullopt;
  const std::int64_t unit = *rest == 's' ? 1 : *rest == 'm' ? 60 : *rest == 'h' ? 3600 : *rest == 'd' ? 86400 : 0;
  if (unit == 0) return std::nullopt;
  return count * unit;
}

std::optional<std::string> moment(std::string_view text, std::int64_t now) {
  if (unix_seconds(std::string(text))) return std::string(text);
  const auto before = duration(text);
  if (!before) return std::nullopt;
  const std::time_t then = std::max<std::int64_t>(now - *before, 0);
  std::tm fields{};
  static_cast<void>(::gmtime_r(&then, &fields));
  std::array<char, 32> out{};
  const std::size_t length = std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%SZ", &fields);
  return std::string(out.data(), length);
}

}  // namespace faasta::cli
