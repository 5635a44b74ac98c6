#include "http/owner_rounds.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace faasta::http {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using Line = OwnerRounds::Line;

constexpr OwnerId kA{1};
constexpr OwnerId kB{2};
constexpr OwnerId kC{3};

class OwnerRoundsTest : public testing::Test {
 protected:
  /// A call that waits; it uses `cost` in each of its `slices`.
  void wait(OwnerId owner, OwnerRounds::Time cost, int slices = 1, Line line = Line::first) {
    rounds_.add(owner, line, [this, owner, cost, slices] {
      ran_.push_back(owner);
      used_[owner] += cost;
      now_ += cost;
      rounds_.charge(owner, cost);
      if (slices > 1) wait(owner, cost, slices - 1, Line::later);
    });
  }
  bool step() {
    auto next = rounds_.next(now_);
    if (!next) return false;
    next->resume();
    return true;
  }
  /// The number of calls that run before the next call of `owner`.
  int calls_before(OwnerId owner) {
    for (int calls = 0;; ++calls) {
      if (!step()) return -1;
      if (ran_.back() == owner) return calls;
    }
  }

  OwnerRounds rounds_;
  SteadyTime now_{std::chrono::hours(1)};
  std::vector<OwnerId> ran_;
  std::map<OwnerId, OwnerRounds::Time> used_;
};

TEST_F(OwnerRoundsTest, TheFirstCallsOfAnOwnerDoNotWait) {
  EXPECT_TRUE(rounds_.may_run(kA));
  rounds_.charge(kA, microseconds(900));
  EXPECT_TRUE(rounds_.may_run(kA)) << "the quantum is not used up";
  rounds_.charge(kA, microseconds(900));
  EXPECT_FALSE(rounds_.may_run(kA));
  EXPECT_TRUE(rounds_.may_run(kB)) << "another owner owes nothing";
  rounds_.forgive();
  EXPECT_TRUE(rounds_.may_run(kA));
}

TEST_F(OwnerRoundsTest, ACallDoesNotOvertakeAnotherOneOfItsOwner) {
  wait(kA, milliseconds(1));
  EXPECT_FALSE(rounds_.may_run(kA));
  EXPECT_TRUE(step());
  EXPECT_TRUE(rounds_.empty());
  EXPECT_FALSE(step());
}

TEST_F(OwnerRoundsTest, ABurstWaitsBehindItself) {
  for (int i = 0; i < 200; ++i) wait(kA, milliseconds(1));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(step());
  wait(kB, microseconds(100));
  EXPECT_LE(calls_before(kB), 1);
}

TEST_F(OwnerRoundsTest, ABurstOfTwoOwnersDelaysAThirdByOneSliceOfEach) {
  for (int i = 0; i < 200; ++i) {
    wait(kA, milliseconds(1));
    wait(kB, milliseconds(3));
  }
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(step());
  wait(kC, microseconds(100));
  EXPECT_LE(calls_before(kC), 2);
}

/// The time counts, and not the number of calls.
TEST_F(OwnerRoundsTest, OwnersWithCallsOfDifferentLengthsGetTheSameTime) {
  for (int i = 0; i < 5'000; ++i) wait(kA, microseconds(100));
  for (int i = 0; i < 500; ++i) wait(kB, microseconds(900));
  for (int i = 0; i < 300; ++i) wait(kC, milliseconds(4));
  while (now_ < SteadyTime(std::chrono::hours(1)) + milliseconds(600)) ASSERT_TRUE(step());
  for (const OwnerId owner : {kA, kB, kC}) EXPECT_NEAR(static_cast<double>(used_[owner].count()) / 1e6, 200, 12);
}

TEST_F(OwnerRoundsTest, ADebtIsPaidByOtherOwnersRounds) {
  rounds_.charge(kA, milliseconds(50));  // one long instruction
  for (int i = 0; i < 100; ++i) wait(kB, milliseconds(1));
  wait(kA, milliseconds(1));
  const int before = calls_before(kA);
  EXPECT_GE(before, 40);
  EXPECT_LE(before, 60);
}

TEST_F(OwnerRoundsTest, ADebtHasALimitAndAnOwnerWhoIsAloneDoesNotWaitForIt) {
  rounds_.charge(kA, std::chrono::hours(1));
  wait(kA, milliseconds(1));
  EXPECT_TRUE(step()) << "nobody else waits";
  rounds_.charge(kA, std::chrono::hours(1));
  for (int i = 0; i < 1'000; ++i) wait(kB, milliseconds(1));
  wait(kA, milliseconds(1));
  EXPECT_LE(calls_before(kA), OwnerRounds::kMostDebt / OwnerRounds::kQuantum + 2);
}

/// An owner who has no waiting call between two calls must not lose a debt by this.
TEST_F(OwnerRoundsTest, ADebtOutlivesAnEmptyLine) {
  for (int i = 0; i < 100; ++i) wait(kB, milliseconds(1));
  EXPECT_TRUE(rounds_.may_run(kA));
  rounds_.charge(kA, milliseconds(5));
  EXPECT_FALSE(rounds_.may_run(kA));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(step());
  EXPECT_FALSE(rounds_.may_run(kA));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(step());
  EXPECT_TRUE(rounds_.may_run(kA));
}

TEST_F(OwnerRoundsTest, AnOwnersShortCallsGoBeforeItsLongOnes) {
  for (int i = 0; i < 10; ++i) wait(kA, milliseconds(1), 1'000);
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(step());
  EXPECT_TRUE(rounds_.next(now_)) << "only long calls wait now";
  ran_.clear();
  bool ran = false;
  rounds_.add(kA, Line::first, [&ran] { ran = true; });
  for (int i = 0; i < 2 && !ran; ++i) EXPECT_TRUE(step());
  EXPECT_TRUE(ran);
}

TEST_F(OwnerRoundsTest, LongCallsGoOnBesideAnEndlessLineOfShortOnes) {
  wait(kA, milliseconds(1), 1, Line::later);
  int steps = 0;
  for (const std::size_t before = ran_.size(); steps < 100; ++steps) {
    bool was_short = false;
    rounds_.add(kA, Line::first, [&was_short] { was_short = true; });
    ASSERT_TRUE(step());
    now_ += milliseconds(1);
    if (!was_short && ran_.size() > before) break;
  }
  EXPECT_LE(steps, 12);
}

TEST_F(OwnerRoundsTest, OwnersThatComeAndGoUseBoundedMemory) {
  wait(kA, milliseconds(1), 1'000'000);  // always somebody waits
  for (int i = 0; i < 100'000; ++i) {
    const OwnerId owner{100 + i};
    EXPECT_TRUE(rounds_.may_run(owner));
    rounds_.charge(owner, microseconds(100));
    if (i % 10 == 0) EXPECT_TRUE(step());
  }
  EXPECT_LE(rounds_.accounts(), 4 * OwnerRounds::kKeptAccounts);
  EXPECT_TRUE(step()) << "the account with a waiting call is kept";
}

TEST_F(OwnerRoundsTest, AccountsWithoutCallsAreDroppedWhenNobodyWaits) {
  for (int i = 0; i < 5'000; ++i) {
    rounds_.charge(OwnerId{i}, milliseconds(5));  // in debt, so they cannot be dropped one by one
  }
  EXPECT_GT(rounds_.accounts(), OwnerRounds::kKeptAccounts);
  rounds_.forgive();
  EXPECT_EQ(rounds_.accounts(), 0U);
}

/// All interleavings of the arrivals of three owners: no call is lost, and no owner waits for more than a slice of each
/// other owner and the calls before it in its own line.
TEST_F(OwnerRoundsTest, NoInterleavingLosesACallOrStarvesAnOwner) {
  const OwnerId owners[] = {kA, kB, kC};
  for (int order = 0; order < 729; ++order) {
    OwnerRounds rounds;
    std::map<OwnerId, int> waiting;
    int total = 0;
    const auto run_one = [&] {
      auto next = rounds.next(now_);
      if (!next) return false;
      for (auto& [owner, since] : waiting) since = owner == next->owner ? 0 : since + 1;
      next->resume();
      rounds.charge(next->owner, milliseconds(1));
      --total;
      return true;
    };
    for (int digit = 0, rest = order; digit < 6; ++digit, rest /= 3) {
      const OwnerId owner = owners[rest % 3];
      rounds.add(owner, digit % 2 == 0 ? Line::first : Line::later, [] {});
      waiting.try_emplace(owner, 0);
      ++total;
      if (digit % 3 == 2) ASSERT_TRUE(run_one());
    }
    while (run_one()) {
      for (const auto& [owner, since] : waiting) ASSERT_LE(since, 6) << order;
    }
    ASSERT_EQ(total, 0) << order;
    ASSERT_TRUE(rounds.empty());
  }
}

}  // namespace
}  // namespace faasta::http
