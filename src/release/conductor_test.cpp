#include "release/conductor.hpp"

#include <gtest/gtest.h>

#include "unit/test_store.hpp"

namespace faasta::release {
namespace {

using std::chrono::seconds;
using store::RolloutState;

/// A real store with two versions of `hello`; version 1 is live. The clock and the calls are the test's.
class ConductorTest : public testing::Test {
 protected:
  ConductorTest() {
    for (const char* bytes : {"one", "two"}) {
      store::NewVersion version{sha256(bytes), 3, 1, {}, {}, {}};
      version.activate = std::string_view(bytes) == "one";
      test::value_of(store_.catalog().deploy(kActor, name_, version, {}));
    }
  }
  store::RolloutRecord begin(std::vector<RolloutStage> stages, AbortRules rules = {}) {
    return test::value_of(store_.rollouts().begin(kActor, name_, 2, {std::move(stages), rules, {}}));
  }
  store::RolloutRecord begin_again(std::vector<RolloutStage> stages) {
    test::value_of(store_.rollouts().take(kActor, name_, store::Rollouts::Step::abort));
    return begin(std::move(stages));
  }
  store::RolloutRecord now_is() { return test::value_of(store_.rollouts().of_function(kSingleOwner, name_)); }
  std::uint32_t live() { return test::value_of(store_.catalog().function(kSingleOwner, name_)).version; }
  void calls(int count, int failed, int live_failed = 0) {
    const auto id = now_is().function;
    const auto counters = counts_.of(id, 2);
    for (int i = 0; i < count; ++i) {
      counters->candidate.add({.status = static_cast<std::uint16_t>(i < failed ? 500 : 200), .failure = {}});
      counters->live.add({.status = static_cast<std::uint16_t>(i < live_failed ? 500 : 200), .failure = {}});
    }
  }
  bool look(seconds at) { return conductor_.look(SteadyTime(at)); }

  static constexpr Actor kActor{kSingleOwner};
  test::TestStore store_;
  FunctionName name_ = *FunctionName::parse("hello");
  metrics::RolloutCounts counts_;
  std::vector<std::string> changed_;
  Conductor conductor_{{store_.rollouts(), counts_, [this](std::string_view name) { changed_.emplace_back(name); }}};
};

TEST_F(ConductorTest, GoesThroughTheStagesAndMakesTheCandidateLive) {
  begin({{50, seconds(10)}, {250, seconds(5)}, {1000, {}}});
  EXPECT_TRUE(look(seconds(100)));
  EXPECT_TRUE(look(seconds(200)));
  EXPECT_EQ(now_is().stage, 0U) << "no call";
  begin_again({{50, seconds(10)}, {250, seconds(5)}, {1000, {}}});
  EXPECT_TRUE(look(seconds(100)));
  calls(1, 0);
  EXPECT_TRUE(look(seconds(109)));
  EXPECT_EQ(now_is().stage, 0U);
  EXPECT_TRUE(look(seconds(110)));
  EXPECT_EQ(now_is().stage, 1U);
  EXPECT_EQ((*store_.catalog().find("hello", ""))->rollout->per_mille, 250U);
  EXPECT_TRUE(look(seconds(111)));
  calls(1, 0);
  EXPECT_TRUE(look(seconds(115)));
  EXPECT_EQ(live(), 1U);
  EXPECT_TRUE(look(seconds(116)));
  EXPECT_EQ(now_is().state, RolloutState::promoted);
  EXPECT_EQ(live(), 2U);
  EXPECT_FALSE((*store_.catalog().find("hello", ""))->rollout);
  EXPECT_EQ(changed_.size(), 2U);
  EXPECT_FALSE(look(seconds(117)));
}

TEST_F(ConductorTest, AbortsWhenTheCandidateFails) {
  begin({{50, seconds(10)}, {1000, {}}});
  EXPECT_TRUE(look(seconds(1)));
  calls(99, 99);
  EXPECT_TRUE(look(seconds(2)));
  EXPECT_TRUE(now_is().goes_on()) << "too few calls";
  calls(1, 0);
  EXPECT_TRUE(look(seconds(3)));
  EXPECT_EQ(now_is().state, RolloutState::aborted);
  EXPECT_NE(now_is().reason.find("99.00% of its 100 calls failed"), std::string::npos) << now_is().reason;
  EXPECT_EQ(live(), 1U);
  EXPECT_FALSE((*store_.catalog().find("hello", ""))->rollout);
}

TEST_F(ConductorTest, JudgesByTheCallsThereAreAtTheEndOfAStage) {
  begin({{50, seconds(10)}, {1000, {}}});
  EXPECT_TRUE(look(seconds(0)));
  calls(5, 1);
  EXPECT_TRUE(look(seconds(9)));
  EXPECT_TRUE(now_is().goes_on());
  EXPECT_TRUE(look(seconds(10)));
  EXPECT_EQ(now_is().state, RolloutState::aborted);
}

TEST_F(ConductorTest, ARefusalSaysNothingAboutAVersion) {
  begin({{50, seconds(10)}, {1000, {}}});
  EXPECT_TRUE(look(seconds(0)));
  for (int i = 0; i < 200; ++i)
    counts_.of(now_is().function, 2)->candidate.add({.status = 413, .failure = Code::body_too_large});
  EXPECT_TRUE(look(seconds(1)));
  EXPECT_EQ(conductor_.report(now_is()).candidate.calls, 0U);
  for (int i = 0; i < 200; ++i)
    counts_.of(now_is().function, 2)->candidate.add({.status = 500, .failure = Code::guest_trap});
  EXPECT_TRUE(look(seconds(2)));
  EXPECT_EQ(now_is().state, RolloutState::aborted);
}

TEST_F(ConductorTest, CountsEachStageAnew) {
  begin({{50, seconds(10)}, {500, seconds(10)}, {1000, {}}});
  EXPECT_TRUE(look(seconds(0)));
  calls(60, 0);
  EXPECT_TRUE(look(seconds(10)));
  EXPECT_EQ(now_is().stage, 1U);
  EXPECT_TRUE(look(seconds(11)));
  calls(60, 60);
  EXPECT_TRUE(look(seconds(12)));
  EXPECT_TRUE(now_is().goes_on()) << "60 calls in this stage";
  EXPECT_EQ(conductor_.report(now_is()).candidate.calls, 60U);
}

TEST_F(ConductorTest, APausedRolloutStaysButIsJudged) {
  begin({{50, seconds(10)}, {1000, {}}});
  test::value_of(store_.rollouts().take(kActor, name_, store::Rollouts::Step::pause));
  EXPECT_TRUE(look(seconds(0)));
  EXPECT_TRUE(look(seconds(1000)));
  EXPECT_EQ(now_is().stage, 0U);
  calls(100, 100);
  EXPECT_TRUE(look(seconds(1001)));
  EXPECT_EQ(now_is().state, RolloutState::aborted);
}

TEST_F(ConductorTest, AStageBeginsAgainAfterARestart) {
  begin({{50, seconds(10)}, {1000, {}}});
  EXPECT_TRUE(look(seconds(0)));
  Conductor next({store_.rollouts(), counts_, [](std::string_view) {}});
  EXPECT_TRUE(next.look(SteadyTime(seconds(10))));
  EXPECT_TRUE(now_is().goes_on());
  calls(1, 0);
  EXPECT_TRUE(next.look(SteadyTime(seconds(20))));
  EXPECT_EQ(now_is().state, RolloutState::promoted);
}

TEST_F(ConductorTest, TheThreadTakesAStageAndEnds) {
  begin({{50, seconds(1)}, {1000, {}}});
  conductor_.start();
  while (conductor_.report(now_is()).left > seconds(1)) std::this_thread::yield();
  calls(1, 0);
  for (const auto end = std::chrono::steady_clock::now() + seconds(20);
       now_is().goes_on() && std::chrono::steady_clock::now() < end;)
    std::this_thread::yield();
  EXPECT_EQ(now_is().state, RolloutState::promoted);
  conductor_.stop();
}

}  // namespace
}  // namespace faasta::release
