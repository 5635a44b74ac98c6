#include "cli/project/build_triggers.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

using Paths = BuildTriggers::Paths;
using std::chrono::milliseconds;

class BuildTriggersTest : public testing::Test {
 protected:
  BuildTriggers::Time at(int ms) { return begin_ + milliseconds(ms); }
  /// Makes a file restless; its last change is at `ms`.
  void make_restless(const char* file, int ms) {
    for (unsigned i = 0; i < BuildTriggers::kInARow; ++i) static_cast<void>(triggers_.during({file}, at(ms)));
  }
  /// Changes that were seen until `last`, for as long as `dev` collects them if they do not end.
  Paths between(const Paths& changed, int last, int collected = 0) {
    return triggers_.between(changed, at(last - collected), at(last));
  }
  BuildTriggers triggers_;
  BuildTriggers::Time begin_ = std::chrono::steady_clock::now();
};

TEST_F(BuildTriggersTest, EachChangeBeginsABuild) {
  for (int ms = 0; ms < 1000; ms += 10) EXPECT_EQ(between({"a", "b"}, ms), (Paths{"a", "b"}));
  EXPECT_FALSE(triggers_.next());
}

TEST_F(BuildTriggersTest, AFileThatABuildChangesIsBuiltAgainTwice) {
  EXPECT_EQ(triggers_.during({"made", "a"}, at(0)).again, (Paths{"a", "made"}));
  EXPECT_EQ(triggers_.during({"made"}, at(1)).again, Paths{"made"});
  const auto third = triggers_.during({"made"}, at(2));
  EXPECT_EQ(third.again, Paths{});
  EXPECT_EQ(third.now_restless, Paths{"made"});
  EXPECT_EQ(triggers_.during({"made"}, at(3)).now_restless, Paths{}) << "it is told once";
  EXPECT_EQ(triggers_.during({}, at(4)).again, Paths{});
  EXPECT_EQ(triggers_.during({"made"}, at(5)).again, Paths{"made"}) << "the builds were not in a row";
}

TEST_F(BuildTriggersTest, AFileThatNeverRestsBeginsNoBuild) {
  make_restless("storm", 0);
  for (int ms = 100; ms < 60'000; ms += 100) {
    EXPECT_EQ(between({"storm"}, ms), Paths{});
    EXPECT_EQ(triggers_.rested(at(ms + 50)), Paths{});
  }
  EXPECT_EQ(between({"storm", "a"}, 60'000), Paths{"a"}) << "other files go on";
  EXPECT_EQ(triggers_.during({}, at(60'001)).again, Paths{});
  EXPECT_EQ(*triggers_.next(), at(61'000));
  EXPECT_EQ(triggers_.rested(at(61'000)), Paths{"storm"}) << "its last change is built";
  EXPECT_FALSE(triggers_.next());
  EXPECT_EQ(between({"storm"}, 61'001), Paths{"storm"}) << "it is like other files again";
}

TEST_F(BuildTriggersTest, ChangesThatWereCollectedForLongAreNoRest) {
  make_restless("storm", 0);
  for (int ms = 1000; ms < 60'000; ms += 1010) EXPECT_EQ(between({"storm"}, ms, 1000), Paths{});
}

TEST_F(BuildTriggersTest, ARestlessFileThatHasRestedBeginsABuildAtOnce) {
  make_restless("made", 0);
  EXPECT_EQ(between({"made"}, 1000), Paths{"made"});
}

}  // namespace
}  // namespace faasta::cli
