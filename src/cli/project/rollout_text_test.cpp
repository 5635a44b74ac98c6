#include "cli/project/rollout_text.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

TEST(RolloutText, Stages) {
  EXPECT_EQ(*stages_from("0.5%:90s, 25%:10m,100%"),
            (std::vector<RolloutStage>{{5, seconds(90)}, {250, minutes(10)}, {1000, {}}}));
  EXPECT_EQ(*stages_from("100%"), (std::vector<RolloutStage>{{1000, {}}}));
  for (const char* text : {"", "5%", "5:2m,100%", "5%:2,100%", "5%:x,100%", "5%:2m", "101%", "-5%:2m,100%",
                           "5%:2m,,100%", "50%:1m,5%:1m,100%", "5%:0s,100%", "100%:1m", "1e1%:1m,100%"})
    EXPECT_FALSE(stages_from(text)) << text;
}

TEST(RolloutText, Rules) {
  const auto rules = rules_from("errors>2.5%, p99>2x,traps>0,calls>=50");
  ASSERT_TRUE(rules);
  EXPECT_EQ(*rules, (AbortRules{.errors_percent = 2.5, .p99_ratio = 2, .traps = 0, .min_calls = 50}));
  EXPECT_EQ(*rules_from("traps>3"), (AbortRules{.errors_percent = {}, .p99_ratio = {}, .traps = 3, .min_calls = 100}));
  EXPECT_EQ(*rules_from("calls>=50"), (AbortRules{.errors_percent = 1, .p99_ratio = {}, .traps = {}, .min_calls = 50}))
      << "the default rule stays";
  for (const char* text : {"errors>101%", "p99>1001x", "errors", "errors>1", "errors>x%", "p99>2", "p99>0.5x",
                           "traps>1%", "traps>-1", "calls>50", "calls>=0", "x>1", ",", "errors>=1%"})
    EXPECT_FALSE(rules_from(text)) << text;
}

}  // namespace
}  // namespace faasta::cli
