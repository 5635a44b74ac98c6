#include "store/rollouts.hpp"

#include <gtest/gtest.h>

#include "store/sql.hpp"
#include "unit/test_store.hpp"

namespace faasta::store {
namespace {

using std::chrono::seconds;
using Step = Rollouts::Step;

class RolloutsTest : public testing::Test {
 protected:
  RolloutsTest() {
    deploy("one", true);
    deploy("two", false);
  }
  Result<Activated> deploy(std::string_view bytes, bool activate) {
    NewVersion version{sha256(bytes), 3, 1, {}, {}, {}};
    version.activate = activate;
    return store_.catalog().deploy(kActor, name_, version, {});
  }
  Result<RolloutRecord> begin(std::uint32_t candidate = 2) {
    return store_.rollouts().begin(kActor, name_, candidate, plan_);
  }
  Result<RolloutRecord> take(Step step) { return store_.rollouts().take(kActor, name_, step); }
  std::optional<RolloutShare> share() { return (*store_.catalog().find("hello", ""))->rollout; }
  std::uint32_t live() { return test::value_of(store_.catalog().function(kSingleOwner, name_)).version; }
  template <class T>
  static Code code(const Result<T>& result) {
    return result.error().code;
  }

  static constexpr Actor kActor{kSingleOwner};
  test::TestStore store_;
  FunctionName name_ = *FunctionName::parse("hello");
  RolloutPlan plan_{{{50, seconds(10)}, {250, seconds(5)}, {1000, {}}}, {}, *Sticky::parse("cookie:sid")};
};

TEST_F(RolloutsTest, TheRouteHasTheShare) {
  EXPECT_FALSE(share());
  ASSERT_TRUE(begin());
  ASSERT_TRUE(share());
  EXPECT_EQ(share()->candidate, 2U);
  EXPECT_EQ(share()->per_mille, 50U);
  EXPECT_EQ(share()->sticky.name, "sid");
  EXPECT_EQ(store_.rollouts().under_way()->size(), 1U);
  EXPECT_EQ(store_.rollouts().of_function(kSingleOwner, name_)->plan, plan_);
}

TEST_F(RolloutsTest, OneGoesOnAtATime) {
  ASSERT_TRUE(begin());
  EXPECT_EQ(code(begin()), Code::rollout_running);
  EXPECT_EQ(code(deploy("three", true)), Code::rollout_running);
  EXPECT_EQ(code(store_.catalog().roll_back(kActor, name_, 2)), Code::rollout_running);
  EXPECT_EQ(code(store_.releases().lock(kActor, name_, "a reason")), Code::rollout_running);
  EXPECT_TRUE(deploy("three", false));
  ASSERT_TRUE(take(Step::abort));
  EXPECT_FALSE(share());
  EXPECT_TRUE(begin(3));
}

TEST_F(RolloutsTest, APersonEndsIt) {
  EXPECT_EQ(code(take(Step::promote)), Code::no_rollout);
  ASSERT_TRUE(begin());
  EXPECT_EQ(take(Step::pause)->state, RolloutState::paused);
  EXPECT_EQ(share()->per_mille, 50U);
  EXPECT_EQ(take(Step::resume)->state, RolloutState::running);
  EXPECT_EQ(take(Step::promote)->state, RolloutState::promoted);
  EXPECT_EQ(live(), 2U);
  EXPECT_FALSE(share());
  EXPECT_EQ(code(take(Step::abort)), Code::no_rollout);
}

TEST_F(RolloutsTest, WhatCannotBeginIsRefused) {
  EXPECT_EQ(code(begin(1)), Code::rollout_invalid) << "it is live";
  EXPECT_EQ(code(begin(9)), Code::version_not_found);
  ASSERT_TRUE(store_.releases().lock(kActor, name_, "a reason"));
  EXPECT_EQ(code(begin()), Code::function_locked);
  EXPECT_EQ(code(store_.rollouts().of_function(kSingleOwner, name_)), Code::no_rollout);
  EXPECT_EQ(code(store_.rollouts().of_function(OwnerId{9}, name_)), Code::function_not_found);
}

TEST_F(RolloutsTest, AServerThatIsTooLateChangesNothing) {
  const RolloutRecord seen = *begin();
  ASSERT_TRUE(*store_.rollouts().advance(seen));
  EXPECT_FALSE(*store_.rollouts().advance(seen)) << "another server has begun the stage";
  EXPECT_FALSE(*store_.rollouts().abort(seen, "a reason"));
  EXPECT_EQ(share()->per_mille, 250U);
  EXPECT_EQ(live(), 1U);
}

TEST_F(RolloutsTest, ItStaysWithItsFunction) {
  ASSERT_TRUE(begin());
  for (int i = 0; i < 15; ++i) ASSERT_TRUE(deploy("more" + std::to_string(i), false));
  EXPECT_TRUE(store_.catalog().find("hello", "v2")->has_value()) << "the candidate is not deleted";
  ASSERT_TRUE(take(Step::abort));
  ASSERT_TRUE(store_.catalog().remove(kActor, name_));
  EXPECT_TRUE(store_.rollouts().under_way()->empty());
}

TEST_F(RolloutsTest, APlanOfOneStageIsAPromotion) {
  plan_.stages = {{1000, {}}};
  EXPECT_EQ(begin()->state, RolloutState::promoted);
  EXPECT_EQ(live(), 2U);
}

TEST_F(RolloutsTest, AVersionThatAnOlderServerMakesLiveEndsIt) {
  const RolloutRecord seen = *begin();
  ASSERT_TRUE(deploy("three", false));
  // An older server does not look for a rollout.
  ASSERT_TRUE(store_.connections().change(
      [&](Database& database) { return database.execute("UPDATE function SET active = 3"); }));
  EXPECT_FALSE(share());
  const auto now = *store_.rollouts().of_function(kSingleOwner, name_);
  EXPECT_EQ(now.state, RolloutState::aborted);
  EXPECT_EQ(now.reason, "another version became live");
  EXPECT_FALSE(*store_.rollouts().advance(seen));
  EXPECT_EQ(live(), 3U);
  EXPECT_EQ(store_.catalog().roll_back(kActor, name_, std::nullopt)->version, 1U);
  EXPECT_EQ(store_.catalog().roll_back(kActor, name_, 3)->version, 3U);
}

TEST_F(RolloutsTest, ToPauseAgainChangesNothing) {
  ASSERT_TRUE(begin());
  const auto paused = *take(Step::pause);
  EXPECT_EQ(take(Step::pause)->since, paused.since);
}

// Two stages of one moment were one stage for the conductor: it took the second as over.
TEST_F(RolloutsTest, EachStageHasItsOwnMomentAlsoAfterTheClockWasSetBack) {
  ASSERT_TRUE(begin());
  const SystemTime ahead = system_now() + std::chrono::hours(1);
  ASSERT_TRUE(store_.connections().change([&](Database& database) {
    const std::string sql = "UPDATE rollout SET since = " + std::to_string(ahead.time_since_epoch().count());
    return database.execute(sql.c_str());
  }));
  const auto first = *store_.rollouts().of_function(kSingleOwner, name_);
  EXPECT_EQ(first.since, ahead);
  const auto second = **store_.rollouts().advance(first);
  EXPECT_GT(second.since, first.since);
  const auto paused = *take(Step::pause);
  EXPECT_GT(paused.since, second.since);
  ASSERT_TRUE(take(Step::abort));
  const auto next = *begin();
  EXPECT_GT(next.since, paused.since);
  ASSERT_TRUE(take(Step::abort));
  ASSERT_TRUE(begin());
  EXPECT_FALSE(*store_.rollouts().advance(next)) << "it is another rollout of the same version";
}

}  // namespace
}  // namespace faasta::store
