#include "certificates/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace faasta::certificates {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr SystemTime kNow{std::chrono::sys_days(std::chrono::year(2026) / 11 / 29)};

Current ninety_days(SystemTime begin, const std::string& id = "one") { return {id, begin, begin + days(90)}; }

/// A state with a window of the certificate. The time to ask the CA again has not come yet.
RenewalState with_window(const Current& current, SystemTime start, SystemTime end, SystemTime now = kNow) {
  RenewalState state;
  note_window(state, current.id, start, end, {}, now, 0.5);
  return state;
}

Decision decided(const RenewalState& state, const std::optional<Current>& current, SystemTime now,
                 bool forced = false) {
  return decide(state, current, now, forced, 0);
}

TEST(Schedule, WithoutACertificateItIsOrderedNow) {
  EXPECT_EQ(decided({}, std::nullopt, kNow), (Decision{Step::order, kNow}));
}

TEST(Schedule, TheFirstRetryCanBeLater) {
  RenewalState state;
  note_order(state, kNow);
  note_failure(state, "refused", {}, kNow);
  EXPECT_EQ(decide(state, std::nullopt, kNow, false, 0, minutes(60)), (Decision{Step::wait, kNow + hours(1)}));
  note_failure(state, "refused", {}, kNow);
  EXPECT_EQ(decide(state, std::nullopt, kNow, false, 0, minutes(60)), (Decision{Step::wait, kNow + hours(2)}));
  for (int failure = 0; failure < 100; ++failure) note_failure(state, "refused", {}, kNow);
  EXPECT_EQ(decide(state, std::nullopt, kNow, false, 0, minutes(60)), (Decision{Step::wait, kNow + hours(6)}));
}

TEST(Schedule, TheCaIsAskedFirst) {
  const Current current = ninety_days(kNow);
  EXPECT_EQ(decided({}, current, kNow), (Decision{Step::ask, kNow}));
  EXPECT_EQ(decided({}, ninety_days(kNow - days(89)), kNow).step, Step::ask) << "even if it is late";
}

TEST(Schedule, ItIsOrderedAtTheChosenTimeOfTheWindow) {
  const Current current = ninety_days(kNow);
  const RenewalState state = with_window(current, kNow + days(10), kNow + days(12));
  EXPECT_EQ(state.chosen, kNow + days(11));
  EXPECT_EQ(decided(state, current, kNow), (Decision{Step::wait, kNow + kAskInterval}))
      << "the CA is asked again first";
  RenewalState later = state;
  later.ask_again = kNow + days(11) + hours(1);
  EXPECT_EQ(decided(later, current, kNow + days(11) - milliseconds(1)), (Decision{Step::wait, kNow + days(11)}));
  EXPECT_EQ(decided(later, current, kNow + days(11)).step, Step::order);
}

TEST(Schedule, AWindowThatHasPassedMeansNow) {
  const Current current = ninety_days(kNow - days(1));
  EXPECT_EQ(decided(with_window(current, kNow - hours(2), kNow - hours(1)), current, kNow).step, Step::order);
}

TEST(Schedule, TheCaMayChangeTheWindow) {
  const Current current = ninety_days(kNow);
  RenewalState state = with_window(current, kNow + days(10), kNow + days(12));
  const SystemTime now = kNow + kAskInterval;
  EXPECT_EQ(decided(state, current, now), (Decision{Step::ask, now}));
  note_window(state, current.id, now - hours(2), now - hours(1), {}, now, 0.5);
  EXPECT_EQ(decided(state, current, now).step, Step::order);
}

TEST(Schedule, TheSameWindowKeepsItsChosenTime) {
  const Current current = ninety_days(kNow);
  RenewalState state = with_window(current, kNow + days(10), kNow + days(12));
  note_window(state, current.id, kNow + days(10), kNow + days(12), {}, kNow, 0.9);
  EXPECT_EQ(state.chosen, kNow + days(11));
}

/// cert-manager issue 8993: the window of the old certificate caused the new certificate to be renewed again and again.
TEST(Schedule, TheWindowOfAnotherCertificateIsIgnored) {
  const Current old = ninety_days(kNow - days(60), "old");
  RenewalState state = with_window(old, kNow - hours(2), kNow - hours(1));
  const Current fresh = ninety_days(kNow, "new");
  EXPECT_EQ(decided(state, fresh, kNow).step, Step::ask);
  note_no_window(state, fresh.id, kNow);
  EXPECT_EQ(state.chosen, SystemTime{});
  EXPECT_EQ(decided(state, fresh, kNow), (Decision{Step::wait, state.ask_again}));
}

TEST(Schedule, ACaThatIsAwayDoesNotEraseTheWindow) {
  const Current current = ninety_days(kNow);
  RenewalState state = with_window(current, kNow + days(10), kNow + days(12));
  const SystemTime chosen = state.chosen;
  note_no_window(state, current.id, kNow + kAskInterval);
  EXPECT_EQ(state.chosen, chosen);
  EXPECT_EQ(state.ask_again, kNow + kAskInterval + hours(1));
}

/// RFC 9773 section 4.2: a client must treat this window as no answer.
TEST(Schedule, AWindowThatEndsBeforeItStartsIsNoWindow) {
  const Current current = ninety_days(kNow);
  for (const milliseconds length : {milliseconds(0), milliseconds(-1), -milliseconds(days(3))}) {
    const RenewalState state = with_window(current, kNow - days(1), kNow - days(1) + length);
    EXPECT_EQ(state.window_end, SystemTime{});
    EXPECT_EQ(decided(state, current, kNow), (Decision{Step::wait, state.ask_again}));
  }
}

/// If the renewal waited for this window, the certificate would expire first.
TEST(Schedule, AWindowBehindTheEndOfTheCertificateDoesNotDelayTheRenewal) {
  const Current current = ninety_days(kNow);
  RenewalState state = with_window(current, kNow + days(89), kNow + days(400));
  const SystemTime late = kNow + days(85);
  state.ask_again = late + hours(1);
  EXPECT_EQ(decided(state, current, late).step, Step::order);
}

TEST(Schedule, TheCaSaysHowOftenItIsAsked) {
  const std::pair<seconds, milliseconds> kCases[] = {{seconds(0), kAskInterval},
                                                     {seconds(5), minutes(1)},
                                                     {hours(2), hours(2)},
                                                     {days(30), hours(24)},
                                                     {seconds(-1), kAskInterval}};
  for (const auto& [said, wait] : kCases) {
    RenewalState state;
    note_window(state, "one", kNow, kNow + hours(1), said, kNow, 0);
    EXPECT_EQ(state.ask_again, kNow + wait) << said.count();
  }
}

TEST(Schedule, WithoutAWindowALongLifeIsRenewedAfterTwoThirds) {
  const Current current = ninety_days(kNow);
  EXPECT_LE(std::chrono::abs(due_without_window(current, 0) - (kNow + days(60))), milliseconds(1));
  EXPECT_LT(due_without_window(current, 0.999), kNow + days(60) - days(4));
  EXPECT_GT(due_without_window(current, 0.999), kNow + days(60) - days(5));
}

TEST(Schedule, WithoutAWindowAShortLifeIsRenewedAfterHalf) {
  const Current six_days{"short", kNow, kNow + days(6)};
  EXPECT_EQ(due_without_window(six_days, 0), kNow + days(3));
  EXPECT_EQ(due_without_window({"ten", kNow, kNow + days(10)}, 0), kNow + days(5));
  RenewalState state;
  note_no_window(state, six_days.id, kNow + days(3));
  EXPECT_EQ(decided(state, six_days, kNow + days(3)).step, Step::order);
}

TEST(Schedule, AfterASuccessTheNextOrderIsHoursLater) {
  RenewalState state;
  note_order(state, kNow);
  note_success(state, kNow);
  // There is no certificate again: its files were deleted, or it does not have all names.
  EXPECT_EQ(decided(state, std::nullopt, kNow), (Decision{Step::wait, kNow + kAfterSuccess}));
  EXPECT_EQ(decided(state, std::nullopt, kNow + kAfterSuccess).step, Step::order);
}

TEST(Schedule, TheWaitAfterFailuresDoublesUpToSixHours) {
  RenewalState state;
  SystemTime now = kNow;
  std::vector<minutes> waits;
  for (int i = 0; i < 40; ++i) {
    note_failure(state, "the CA is away", {}, now);
    const Decision decision = decided(state, std::nullopt, now);
    EXPECT_EQ(decision.step, Step::wait);
    waits.push_back(std::chrono::duration_cast<minutes>(decision.at - now));
    now = decision.at;
    EXPECT_EQ(decided(state, std::nullopt, now).step, Step::order);
  }
  const std::vector<minutes> first(waits.begin(), waits.begin() + 10);
  EXPECT_EQ(first, (std::vector<minutes>{minutes(1), minutes(2), minutes(4), minutes(8), minutes(16), minutes(32),
                                         minutes(64), minutes(128), minutes(256), minutes(360)}));
  EXPECT_EQ(waits.back(), kLongestRetry);
  EXPECT_EQ(state.failures, 40U);
}

TEST(Schedule, TheCaMayAskToWaitLonger) {
  RenewalState state;
  note_failure(state, "limited", hours(3), kNow);
  EXPECT_EQ(decided(state, std::nullopt, kNow), (Decision{Step::wait, kNow + hours(3)}));
  note_failure(state, "limited", days(365), kNow);
  EXPECT_EQ(decided(state, std::nullopt, kNow), (Decision{Step::wait, kNow + hours(24)})) << "at most a day";
  note_failure(state, "limited", seconds(1), kNow);
  EXPECT_EQ(decided(state, std::nullopt, kNow), (Decision{Step::wait, kNow + minutes(4)})) << "but not shorter";
}

TEST(Schedule, ASuccessEndsTheFailures) {
  RenewalState state;
  note_failure(state, "limited", hours(3), kNow);
  EXPECT_EQ(state.problem, "limited");
  note_success(state, kNow + hours(3));
  EXPECT_EQ(state.failures, 0U);
  EXPECT_EQ(state.problem, "");
  EXPECT_EQ(state.retry_after, seconds(0));
}

/// An order whose result is unknown, as after a crash, counts too.
TEST(Schedule, AnHourHasFiveOrders) {
  RenewalState state;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(decided(state, std::nullopt, kNow + minutes(i)).step, Step::order);
    note_order(state, kNow + minutes(i));
  }
  EXPECT_EQ(decided(state, std::nullopt, kNow + minutes(5)), (Decision{Step::wait, kNow + hours(1)}));
  EXPECT_EQ(decided(state, std::nullopt, kNow + hours(1)).step, Step::order);
  note_order(state, kNow + hours(1));
  EXPECT_EQ(decided(state, std::nullopt, kNow + hours(1)), (Decision{Step::wait, kNow + hours(1) + minutes(1)}));
}

TEST(Schedule, ADayHasTwentyOrders) {
  RenewalState state;
  for (int i = 0; i < 20; ++i) note_order(state, kNow + minutes(20) * i);
  const SystemTime now = kNow + minutes(20) * 20 + hours(1);
  EXPECT_EQ(decided(state, std::nullopt, now), (Decision{Step::wait, kNow + hours(24)}));
  note_order(state, kNow + hours(24));
  EXPECT_EQ(state.orders.size(), 20U) << "the order of a day ago is forgotten";
}

TEST(Schedule, TheOperatorsRequestPassesTheWaitsButNotTheLimits) {
  const Current current = ninety_days(kNow);
  RenewalState state = with_window(current, kNow + days(60), kNow + days(61));
  note_success(state, kNow);
  EXPECT_EQ(decided(state, current, kNow, true).step, Step::order) << "before the window, and after a success";
  note_failure(state, "refused", {}, kNow);
  EXPECT_EQ(decided(state, current, kNow, true).step, Step::order) << "after a failure";
  note_failure(state, "limited", hours(3), kNow);
  EXPECT_EQ(decided(state, current, kNow, true), (Decision{Step::wait, kNow + hours(3)})) << "the CA asked to wait";
  EXPECT_EQ(decided({}, current, kNow, true).step, Step::order) << "the CA need not be asked";
  state = {};
  for (int i = 0; i < 5; ++i) note_order(state, kNow);
  EXPECT_EQ(decided(state, current, kNow, true), (Decision{Step::wait, kNow + hours(1)}));
}

TEST(Schedule, AClockThatWasSetBackMakesNoWaitLonger) {
  RenewalState state;
  const SystemTime future = kNow + days(1000);
  note_failure(state, "away", {}, future);
  EXPECT_TRUE(correct_future(state, kNow));
  EXPECT_FALSE(correct_future(state, kNow));
  EXPECT_EQ(decided(state, std::nullopt, kNow), (Decision{Step::wait, kNow + minutes(1)}));
  note_success(state, future);
  EXPECT_TRUE(correct_future(state, kNow));
  EXPECT_EQ(decided(state, std::nullopt, kNow), (Decision{Step::wait, kNow + kAfterSuccess}));
  EXPECT_EQ(decided(state, std::nullopt, kNow + kAfterSuccess).step, Step::order) << "the wait ends";
  state = {};
  for (int i = 0; i < 5; ++i) note_order(state, future);
  EXPECT_TRUE(correct_future(state, kNow));
  EXPECT_EQ(decided(state, std::nullopt, kNow), (Decision{Step::wait, kNow + hours(1)})) << "no limit is forgotten";
  EXPECT_EQ(decided(state, std::nullopt, kNow + hours(1)).step, Step::order);
  const Current current = ninety_days(kNow);
  state = with_window(current, kNow + days(10), kNow + days(12), future);
  EXPECT_EQ(decided(state, current, kNow).step, Step::ask);
}

/// A server that renews for years: orders fail, the clock jumps, and the process crashes in the middle of orders.
class Simulation {
 public:
  Simulation(unsigned seed, days life) : random_(seed), life_(life) {}

  void run(int renewals) {
    int crashes_now = 0;
    for (int steps = 0; renewed_ < renewals; ++steps) {
      ASSERT_LT(steps, 1'000'000) << "no progress";
      if (chance(0.02)) jump();
      if (current_) {
        ASSERT_LT(now_, current_->not_after) << "the certificate has expired";
      }
      const Decision decision = decide(state_, current_, now_, false, spread_);
      switch (decision.step) {
        case Step::ask:
          ask();
          break;
        case Step::order:
          crashes_now = order(crashes_now < 3);
          break;
        case Step::wait:
          ASSERT_GT(decision.at, now_);
          now_ = decision.at;
          break;
      }
    }
    EXPECT_GT(crashes_, 5);
    EXPECT_GT(failures_, renewals / 10);
  }

 private:
  /// The clock is set. The limits hold by the server's clock, and a time in the future becomes the present time.
  void jump() {
    now_ += chance(0.5) ? hours(1) : -hours(1);
    static_cast<void>(correct_future(state_, now_));
    for (SystemTime& at : all_) at = std::min(at, now_);
  }
  bool chance(double share) { return std::uniform_real_distribution<>(0, 1)(random_) < share; }

  void ask() {
    if (chance(0.3)) return note_no_window(state_, current_->id, now_);
    const milliseconds life = current_->not_after - current_->not_before;
    note_window(state_, current_->id, current_->not_before + life / 3 * 2, current_->not_before + life / 4 * 3, {},
                now_, spread_);
  }

  /// Returns the number of crashes in a row.
  int order(bool may_crash) {
    note_order(state_, now_);
    all_.push_back(now_);
    for (const SystemTime begin : all_) {
      const auto in_hour =
          std::ranges::count_if(all_, [&](SystemTime at) { return at >= begin && at < begin + hours(1); });
      EXPECT_LE(in_hour, 5) << "in the hour from " << rfc3339(begin);
      const auto in_day =
          std::ranges::count_if(all_, [&](SystemTime at) { return at >= begin && at < begin + days(1); });
      EXPECT_LE(in_day, 20) << "in the day from " << rfc3339(begin);
    }
    std::erase_if(all_, [&](SystemTime at) { return at < now_ - days(3); });
    if (may_crash && chance(0.1)) return ++crashes_, ++crashes_in_a_row_;
    crashes_in_a_row_ = 0;
    now_ += seconds(30);
    if (chance(0.2)) {
      ++failures_;
      note_failure(state_, "away", chance(0.2) ? hours(2) : seconds(0), now_);
      return 0;
    }
    note_success(state_, now_);
    current_ = Current{std::to_string(++renewed_), now_ - hours(1), now_ + life_};
    spread_ = std::uniform_real_distribution<>(0, 1)(random_);
    return 0;
  }

  std::mt19937 random_;
  days life_;
  RenewalState state_;
  std::optional<Current> current_;
  SystemTime now_ = kNow;
  double spread_ = 0.5;
  std::vector<SystemTime> all_;  ///< the orders of the last days
  int renewed_ = 0, failures_ = 0, crashes_ = 0, crashes_in_a_row_ = 0;
};

TEST(Schedule, TwoHundredRenewalsKeepTheLimits) {
  for (const unsigned seed : {1U, 2U, 3U, 4U, 5U}) {
    for (const days life : {days(90), days(6), days(1)}) {
      Simulation simulation(seed, life);
      simulation.run(200);
      ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed << ", life " << life.count() << " days";
    }
  }
}

}  // namespace
}  // namespace faasta::certificates
