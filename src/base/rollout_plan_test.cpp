#include "base/rollout_plan.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

Result<RolloutPlan> read(const std::string& text) { return rollout_plan_from(json::parse(text).as_object()); }

TEST(RolloutPlan, IsReadAndWritten) {
  const auto plan = read(R"({"version": 3, "stages": [{"percent": 0.5, "for_s": 120}, {"percent": 25, "for_s": 1},
    {"percent": 100}], "abort": {"errors_percent": 2.5, "p99_ratio": 2, "traps": 0, "min_calls": 50},
    "sticky": "header:X-User"})");
  ASSERT_TRUE(plan) << plan.error().detail;
  EXPECT_EQ(plan->stages.front(), (RolloutStage{5, std::chrono::seconds(120)}));
  EXPECT_EQ(plan->abort.traps, 0U);
  EXPECT_EQ(plan->abort.p99_ratio, 2.0);
  EXPECT_EQ(plan->sticky.text(), "header:x-user");
  EXPECT_EQ(rollout_plan_from(to_json(*plan)), *plan);
}

TEST(RolloutPlan, WithoutRulesHasTheDefaultOne) {
  const auto plan = read(R"({"stages": [{"percent": 100}]})");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->abort, AbortRules{});
  EXPECT_EQ(plan->abort.errors_percent, 1.0);
  for (const char* abort : {"{}", R"({"min_calls": 100})"})
    EXPECT_EQ(read(R"({"stages": [{"percent": 100}], "abort": )" + std::string(abort) + "}")->abort, AbortRules{});
  EXPECT_FALSE(read(R"({"stages": [{"percent": 100}], "abort": {"traps": 0}})")->abort.errors_percent);
}

TEST(RolloutPlan, SaysWhatIsWrong) {
  for (const char* text :
       {"{}",
        R"({"stages": 1})",
        R"({"stages": []})",
        R"({"stages": [1]})",
        R"({"stages": [{"percent": 50}]})",
        R"({"stages": [{"percent": 0, "for_s": 1}, {"percent": 100}]})",
        R"({"stages": [{"percent": 50, "for_s": 1}, {"percent": 50, "for_s": 1}, {"percent": 100}]})",
        R"({"stages": [{"percent": 50}, {"percent": 100}]})",
        R"({"stages": [{"percent": 100, "for_s": 1}]})",
        R"({"stages": [{"percent": 100, "for_s": 1}, {"percent": 100}]})",
        R"({"stages": [{"percent": 101}]})",
        R"({"stages": [{"percent": "5"}]})",
        R"({"stages": [{"percent": 5, "for_s": 2592001}, {"percent": 100}]})",
        R"({"stages": [{"percent": 100}], "abort": 1})",
        R"({"stages": [{"percent": 100}], "abort": {"traps": 0.5}})",
        R"({"stages": [{"percent": 100}], "abort": {"errors_percent": -1}})",
        R"({"stages": [{"percent": 100}], "abort": {"p99_ratio": 0.5}})",
        R"({"stages": [{"percent": 100}], "abort": {"min_calls": 0}})",
        R"({"stages": [{"percent": 100}], "sticky": 1})",
        R"({"stages": [{"percent": 100}], "sticky": "cookie:"})",
        R"({"stages": [{"percent": 100}], "sticky": "header:a b"})",
        R"({"stages": [{"percent": 100}], "sticky": "chance"})"}) {
    const auto plan = read(text);
    ASSERT_FALSE(plan) << text;
    EXPECT_EQ(plan.error().code, Code::rollout_invalid) << text;
  }
  EXPECT_EQ(read(R"({"stages": [{"percent": 100, "x": 1}]})").error().code, Code::unknown_field);
  EXPECT_EQ(read(R"({"stages": [{"percent": 100}], "abort": {"x": 1}})").error().code, Code::unknown_field);
}

TEST(RolloutPlan, HasAtMost20Stages) {
  std::string stages;
  for (int i = 1; i < 20; ++i) stages += R"({"percent": )" + std::to_string(i) + R"(, "for_s": 1},)";
  EXPECT_TRUE(read(R"({"stages": [)" + stages + R"({"percent": 100}]})"));
  EXPECT_FALSE(read(R"({"stages": [)" + stages + R"({"percent": 20, "for_s": 1}, {"percent": 100}]})"));
}

}  // namespace
}  // namespace faasta
