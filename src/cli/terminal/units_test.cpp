#include "cli/terminal/units.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

constexpr std::int64_t kNow = 1'700'000'000;  // 2023-11-14T22:13:20Z

TEST(Moment, TakesRfc3339AndDurations) {
  EXPECT_EQ(moment("2023-11-14T22:00:00Z", kNow), "2023-11-14T22:00:00Z");
  EXPECT_EQ(moment("2023-11-14T22:00:00.5+01:00", kNow), "2023-11-14T22:00:00.5+01:00");
  EXPECT_EQ(moment("20s", kNow), "2023-11-14T22:13:00Z");
  EXPECT_EQ(moment("1d", kNow), "2023-11-13T22:13:20Z");
}

TEST(Moment, RefusesEverythingElse) {
  for (const char* text : {"", "5", "m", "5y", "-5m", "5m5", "yesterday", "99999999999999999999d", "2023-11-14"})
    EXPECT_FALSE(moment(text, kNow)) << text;
}

TEST(HumanAge, CountsInTheUnitThatFits) {
  EXPECT_EQ(human_age("2023-11-14T22:13:00Z", kNow), "just now");
  EXPECT_EQ(human_age("2023-11-14T22:12:00Z", kNow), "1 minute ago");
  EXPECT_EQ(human_age("2023-11-14T22:13:20.123+01:00", kNow), "1 hour ago");
  EXPECT_EQ(human_age("2023-11-04T22:13:20Z", kNow), "10 days ago");
  EXPECT_EQ(human_age("soon", kNow), "soon");
}

TEST(HumanSize, KeepsOneDecimal) {
  EXPECT_EQ(human_size(12), "12 bytes");
  EXPECT_EQ(human_size(79'532), "77.7 KiB");
  EXPECT_EQ(human_size(13'000'000), "12.4 MiB");
}

}  // namespace
}  // namespace faasta::cli
