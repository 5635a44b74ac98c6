#include "release/judge.hpp"

#include <gtest/gtest.h>

namespace faasta::release {
namespace {

constexpr StageCalls kLive{.calls = 1000, .errors = 10, .traps = 0, .p99_us = 1000};

TEST(Judge, WaitsForCalls) {
  const AbortRules rules{.errors_percent = 1, .p99_ratio = 2, .traps = 0, .min_calls = 100};
  EXPECT_EQ(broken_rule(rules, kLive, {.calls = 99, .errors = 99, .traps = 99, .p99_us = 99'999}), "");
  EXPECT_NE(broken_rule(rules, kLive, {.calls = 100, .errors = 99, .traps = 0, .p99_us = 1}), "");
}

TEST(Judge, ComparesErrorsWithTheLiveVersion) {
  const AbortRules rules{.errors_percent = 1, .p99_ratio = {}, .traps = {}, .min_calls = 100};
  EXPECT_EQ(broken_rule(rules, kLive, {.calls = 100, .errors = 2, .traps = 2, .p99_us = 99'999}), "") << "1% and 1%";
  EXPECT_EQ(broken_rule(rules, kLive, {.calls = 100, .errors = 3, .traps = 0, .p99_us = 1}),
            "3.00% of its 100 calls failed, and 1.00% of 1000 calls of the live version; 1% more are allowed");
  EXPECT_NE(broken_rule(rules, {}, {.calls = 100, .errors = 2, .traps = 0, .p99_us = 1}), "") << "no live calls";
}

TEST(Judge, CountsTraps) {
  const AbortRules rules{.errors_percent = {}, .p99_ratio = {}, .traps = 2, .min_calls = 10};
  EXPECT_EQ(broken_rule(rules, kLive, {.calls = 100, .errors = 90, .traps = 2, .p99_us = 1}), "");
  EXPECT_EQ(broken_rule(rules, kLive, {.calls = 100, .errors = 90, .traps = 3, .p99_us = 1}),
            "3 of its 100 calls trapped; 2 are allowed");
}

TEST(Judge, ComparesTheP99OnlyIfBothVersionsHadCalls) {
  const AbortRules rules{.errors_percent = {}, .p99_ratio = 2, .traps = {}, .min_calls = 10};
  EXPECT_EQ(broken_rule(rules, kLive, {.calls = 100, .errors = 0, .traps = 0, .p99_us = 2000}), "");
  EXPECT_EQ(broken_rule(rules, kLive, {.calls = 100, .errors = 0, .traps = 0, .p99_us = 2001}),
            "its p99 is 2001 us, and 1000 us of the live version; 2 times are allowed");
  EXPECT_EQ(broken_rule(rules, {.calls = 9, .errors = 0, .traps = 0, .p99_us = 1},
                        {.calls = 100, .errors = 0, .traps = 0, .p99_us = 2001}),
            "");
}

TEST(Judge, AStageIsOverAfterItsTime) {
  const SteadyTime began;
  const RolloutStage stage{50, std::chrono::seconds(10)};
  constexpr StageCalls kOne{.calls = 1};
  EXPECT_FALSE(is_over(stage, kOne, began, began + std::chrono::milliseconds(9'999)));
  EXPECT_TRUE(is_over(stage, kOne, began, began + std::chrono::seconds(10)));
  EXPECT_FALSE(is_over(stage, {}, began, began + std::chrono::hours(10))) << "nothing is known of the version";
}

}  // namespace
}  // namespace faasta::release
