#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace faasta::cli {

/// Formats a size: "31,049 bytes", "77.7 KiB", "12.4 MiB".
[[nodiscard]] std::string human_size(std::uint64_t bytes);
/// Formats a duration: "850 us", "12.3 ms", "4.2 s".
[[nodiscard]] std::string human_microseconds(double microseconds);
/// Formats a time as its age: "just now", "5 minutes ago". Returns `time` unchanged if it is not RFC 3339. `now`:
/// seconds of the Unix epoch.
[[nodiscard]] std::string human_age(const std::string& time, std::int64_t now);
/// Reads "90s", "10m", "2h" or "3d" and returns seconds.
[[nodiscard]] std::optional<std::int64_t> duration(std::string_view text);
/// Converts a time to the API's form. Accepts RFC 3339, or a duration before `now` ("90s", "10m", "2h", "3d").
[[nodiscard]] std::optional<std::string> moment(std::string_view text, std::int64_t now);

}  // namespace faasta::cli
