#include "gateway/crash_budget.hpp"

#include <gtest/gtest.h>

namespace faasta::gateway {
namespace {

class CrashBudgetTest : public testing::Test {
 protected:
  void end(std::string_view client, Code code) { budget_.ended(target_, client, Ending::failed({code, {}})); }
  void end_well(std::string_view client) { budget_.ended(target_, client, Ending{}); }
  [[nodiscard]] bool may_call(std::string_view client) { return !budget_.must_wait(target_, client); }

  static constexpr int kBurst = static_cast<int>(CrashBudget::kCrashes.burst);
  SteadyTime now_{std::chrono::hours(1)};
  CrashBudget budget_{[this] { return now_; }};
  Target target_{};
};

TEST_F(CrashBudgetTest, OnlyTheClientWhoseCallsCrashWaits) {
  for (int i = 0; i < kBurst; ++i) {
    EXPECT_TRUE(may_call("192.0.2.1")) << i;
    end("192.0.2.1", Code::guest_trap);
  }
  EXPECT_EQ(budget_.must_wait(target_, "192.0.2.1"), std::chrono::seconds(1));
  EXPECT_TRUE(may_call("192.0.2.2"));
  Target other{};
  other.deployed.function = FunctionId{77};
  other.has_crashed->store(true);
  EXPECT_FALSE(budget_.must_wait(other, "192.0.2.1"));
}

TEST_F(CrashBudgetTest, ItComesBackWithTimeAndLeavesNoDebt) {
  for (int i = 0; i < 50 * kBurst; ++i) end("192.0.2.1", Code::cpu_limit);
  EXPECT_FALSE(may_call("192.0.2.1"));
  now_ += std::chrono::seconds(1);
  EXPECT_TRUE(may_call("192.0.2.1"));
  end("192.0.2.1", Code::cpu_limit);
  end("192.0.2.1", Code::cpu_limit);
  EXPECT_FALSE(may_call("192.0.2.1"));
}

TEST_F(CrashBudgetTest, HalfOfTheCallsMayCrash) {
  for (int i = 0; i < 50 * kBurst; ++i) {
    EXPECT_TRUE(may_call("192.0.2.1")) << i;
    end("192.0.2.1", Code::memory_limit);
    end_well("192.0.2.1");
  }
}

TEST_F(CrashBudgetTest, OtherFailuresAreNoCrashes) {
  for (int i = 0; i < 2 * kBurst; ++i) {
    for (const Code code : {Code::wall_limit, Code::busy_server, Code::busy_function, Code::load_failed})
      end("192.0.2.1", code);
    budget_.ended(target_, "192.0.2.1", Ending::client_gone());
  }
  EXPECT_TRUE(may_call("192.0.2.1"));
}

}  // namespace
}  // namespace faasta::gateway
