#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace faasta {

using SystemTime = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

[[nodiscard]] SystemTime system_now() noexcept;
/// Writes a time as RFC 3339 in UTC with milliseconds: "2026-11-24T07:21:00.123Z".
[[nodiscard]] std::string rfc3339(SystemTime time);
/// Accepts RFC 3339 in UTC ("Z"), with or without a fraction.
[[nodiscard]] std::optional<SystemTime> parse_rfc3339(std::string_view text);
/// Writes a time for the `date` field of HTTP (RFC 9110 section 5.6.7): "Tue, 24 Nov 2026 07:21:00 GMT".
[[nodiscard]] std::string http_date(SystemTime time);

}  // namespace faasta
