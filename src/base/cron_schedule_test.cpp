#include "base/cron_schedule.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

std::string next(std::string_view schedule, std::string_view after) {
  const auto parsed = CronSchedule::parse(schedule);
  if (!parsed) return parsed.error().detail;
  return rfc3339(parsed->next(*parse_rfc3339(after))).substr(0, 16);
}

TEST(CronScheduleTest, FindsTheNextTick) {
  struct Case {
    std::string_view schedule, after, next;
  };
  constexpr std::string_view kNow = "2026-11-30T04:38:20Z";  // a Monday
  for (const auto& [schedule, after, want] : {
           Case{"* * * * *", kNow, "2026-11-30T04:39"},
           Case{"38 * * * *", "2026-11-30T04:38:00Z", "2026-11-30T05:38"},
           Case{"38 * * * *", "2026-11-30T04:37:59.999Z", "2026-11-30T04:38"},
           Case{"*/5 * * * *", kNow, "2026-11-30T04:40"},
           Case{"7-59/20 * * * *", kNow, "2026-11-30T04:47"},
           Case{"0,30 3-5 * * *", kNow, "2026-11-30T05:00"},
           Case{"0 3 * * *", kNow, "2026-12-01T03:00"},
           Case{"59 23 31 12 *", "2026-12-31T23:59:00Z", "2027-12-31T23:59"},
           Case{"0 0 29 2 *", kNow, "2028-02-29T00:00"},
           Case{"0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00"},
           Case{"0 0 * * SUN", kNow, "2026-12-06T00:00"},
           Case{"0 0 * * 7", kNow, "2026-12-06T00:00"},
           Case{"0 0 * * fri-sat", kNow, "2026-12-04T00:00"},
           Case{"0 0 1 JAN,jul *", kNow, "2027-01-01T00:00"},
           Case{"0 0 13 * FRI", kNow, "2026-12-04T00:00"},   // either day
           Case{"0 0 */2 * FRI", kNow, "2026-12-11T00:00"},  // both: `*` with a step is no restriction of its own
           Case{"@hourly", kNow, "2026-11-30T05:00"},
           Case{"@daily", kNow, "2026-12-01T00:00"},
           Case{"@weekly", kNow, "2026-12-06T00:00"},
           Case{"@monthly", kNow, "2026-12-01T00:00"},
           Case{"@yearly", kNow, "2027-01-01T00:00"},
           Case{" 0\t0  1 1 * ", kNow, "2027-01-01T00:00"},
       })
    EXPECT_EQ(next(schedule, after), want) << schedule;
}

TEST(CronScheduleTest, SaysWhatIsWrong) {
  struct Case {
    std::string_view schedule, problem;
  };
  for (const auto& [schedule, problem] : {
           Case{"", "has 0 fields"},
           Case{"* * * *", "has 4 fields; there must be 5"},
           Case{"* * * * * *", "has 6 fields"},
           Case{"60 * * * *", "minute: '60' is not a number from 0 to 59"},
           Case{"* 24 * * *", "hour: '24'"},
           Case{"* * 0 * *", "day of the month: '0' is not a number from 1 to 31"},
           Case{"* * * 13 *", "month: '13'"},
           Case{"* * * * 8", "day of the week: '8'"},
           Case{"* * * * MO", "day of the week: 'MO'"},
           Case{"5-1 * * * *", "minute: '5-1' ends before it begins"},
           Case{"*/0 * * * *", "has a step that is not a number from 1 to 59"},
           Case{"*/99999999999 * * * *", "has a step"},
           Case{"5/2 * * * *", "has a step without a range"},
           Case{"1,,2 * * * *", "minute: ''"},
           Case{"1- * * * *", "minute: ''"},
           Case{"-1 * * * *", "minute: ''"},
           Case{"+1 * * * *", "minute: '+1'"},
           Case{"1 2 30 2 *", "matches no day"},
           Case{"@reboot", "'@reboot' is none of"},
       }) {
    const auto parsed = CronSchedule::parse(schedule);
    ASSERT_FALSE(parsed) << schedule;
    EXPECT_EQ(parsed.error().code, Code::cron_invalid);
    EXPECT_NE(parsed.error().detail.find(problem), std::string::npos) << schedule << ": " << parsed.error().detail;
  }
}

TEST(CronScheduleTest, FindsTheLastTickOfASpan) {
  const auto last = [](std::string_view schedule, std::string_view after, std::string_view time) {
    const auto found = CronSchedule::parse(schedule)->last(*parse_rfc3339(after), *parse_rfc3339(time));
    return found ? rfc3339(*found).substr(0, 16) : "none";
  };
  EXPECT_EQ(last("* * * * *", "2026-11-23T00:00:00Z", "2026-11-30T04:38:20Z"), "2026-11-30T04:38");
  EXPECT_EQ(last("38 4 * * *", "2026-11-23T00:00:00Z", "2026-11-30T04:38:00Z"), "2026-11-30T04:38");
  EXPECT_EQ(last("39 4 * * *", "2026-11-23T00:00:00Z", "2026-11-30T04:38:00Z"), "2026-11-29T04:39");
  EXPECT_EQ(last("38 4 * * *", "2026-11-30T04:38:00Z", "2026-11-30T04:39:00Z"), "none");
  EXPECT_EQ(last("@yearly", "2020-06-01T00:00:00Z", "2026-11-30T04:38:00Z"), "2026-01-01T00:00");
  EXPECT_EQ(last("@daily", "2026-11-30T06:00:00Z", "2026-11-30T04:38:00Z"), "none") << "the clock was set back";
}

}  // namespace
}  // namespace faasta
