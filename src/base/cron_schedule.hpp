#pragma once

#include <bitset>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace faasta {

/// The times of a cron job: five fields, minute, hour, day of the month, month and day of the week, in UTC. The form is
/// that of crontab(5): lists, ranges, steps, `MON` to `SUN`, `JAN` to `DEC`, and `@hourly`, `@daily`, `@weekly`,
/// `@monthly`, `@yearly`. If both the day of the month and the day of the week are restricted, either of them suffices.
class CronSchedule {
 public:
  /// Fails with cron_invalid, also if no day of the calendar matches, such as 30 February.
  [[nodiscard]] static Result<CronSchedule> parse(std::string_view text);

  /// Returns the first tick after `time`: a whole minute.
  [[nodiscard]] SystemTime next(SystemTime time) const;
  /// Returns the last tick at or before `time`, if there is one after `after`.
  [[nodiscard]] std::optional<SystemTime> last(SystemTime after, SystemTime time) const;

 private:
  /// Nothing if no day of the next nine years matches. Nine years have a leap day (2096 to 2104).
  [[nodiscard]] std::optional<SystemTime> find_next(SystemTime time) const;
  [[nodiscard]] bool has_day(std::chrono::sys_days day) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;      ///< of the month, from 1
  std::bitset<13> months_;    ///< from 1
  std::bitset<8> week_days_;  ///< 0: Sunday
  bool any_day_ = true;       ///< the day of the month is `*`, also with a step
  bool any_week_day_ = true;
};

}  // namespace faasta
