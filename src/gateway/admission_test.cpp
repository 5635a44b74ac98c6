#include "gateway/admission.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "unit/scripted_exchange.hpp"
#include "unit/scripted_loop.hpp"

namespace faasta::gateway {
namespace {

using test::ScriptedExchange;
using test::ScriptedLoop;

class TurnstileTest : public testing::Test {
 protected:
  using Entered = test::Pending<Result<Turnstile::Permit>>;
  Entered enter(ScriptedExchange& exchange) {
    return loop_.begin(Turnstile::enter(turnstile_, exchange, std::chrono::seconds(1), Code::busy_function));
  }
  static bool is_in(const Entered& entered) { return *entered && (*entered)->has_value(); }
  static bool is_refused(const Entered& entered) {
    return *entered && !(*entered)->has_value() && (*entered)->error().code == Code::busy_function;
  }

  /// Whether one more exchange would wait for half a second or longer.
  bool is_slow() { return turnstile_->expected_wait(std::chrono::seconds(1)) >= std::chrono::milliseconds(500); }

  ScriptedLoop loop_;
  std::shared_ptr<Turnstile> turnstile_ = std::make_shared<Turnstile>(1, 2);
};

TEST_F(TurnstileTest, LetsInUpToItsMostThenQueuesThenRefuses) {
  ScriptedExchange a(loop_, "GET", "/");
  ScriptedExchange b(loop_, "GET", "/");
  ScriptedExchange c(loop_, "GET", "/");
  ScriptedExchange d(loop_, "GET", "/");
  const auto first = enter(a);
  const auto second = enter(b);
  const auto third = enter(c);
  const auto fourth = enter(d);
  EXPECT_TRUE(is_in(first));
  EXPECT_FALSE(*second || *third);
  EXPECT_TRUE(is_refused(fourth));
  first->reset();
  loop_.run_ready();
  EXPECT_TRUE(is_in(second)) << "the first that came is the first that goes in";
  EXPECT_FALSE(*third);
  second->reset();
  loop_.run_ready();
  EXPECT_TRUE(is_in(third));
  EXPECT_EQ(turnstile_->inside(), 1U);
  third->reset();
  EXPECT_EQ(turnstile_->inside(), 0U);
}

/// The time of the turnstile in the next test.
SteadyTime scripted_now{std::chrono::hours(1)};

TEST_F(TurnstileTest, AQueueThatMovesTooSlowlyRefusesAtOnce) {
  turnstile_ = std::make_shared<Turnstile>(1, 1000, [] { return scripted_now; });
  std::vector<std::unique_ptr<ScriptedExchange>> exchanges;
  std::vector<Entered> entered;
  const auto come = [&] {
    if (is_slow()) return true;
    exchanges.push_back(std::make_unique<ScriptedExchange>(loop_, "GET", "/"));
    entered.push_back(enter(*exchanges.back()));
    return is_refused(entered.back());
  };
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(come()) << "a burst may be over soon";
  for (std::size_t i = 0; i < 10; ++i) {  // ten go in each second
    scripted_now += std::chrono::milliseconds(100);
    entered[i]->reset();
    loop_.run_ready();
    EXPECT_TRUE(is_in(entered[i + 1]));
  }
  EXPECT_TRUE(come()) << "39 wait, and it would wait for four seconds";
  for (std::size_t i = 10; i < 45; ++i) {
    scripted_now += std::chrono::milliseconds(100);
    entered[i]->reset();
    loop_.run_ready();
  }
  EXPECT_FALSE(come()) << "four wait: one more takes half a second";
  EXPECT_TRUE(come()) << "five wait";
  for (auto& exchange : exchanges) exchange->leave();
  loop_.run_ready();
}

TEST_F(TurnstileTest, AQueueThatBeginsAgainKnowsItsPace) {
  turnstile_ = std::make_shared<Turnstile>(1, 1000, [] { return scripted_now; });
  std::vector<std::unique_ptr<ScriptedExchange>> exchanges;
  std::vector<Entered> entered;
  const auto come = [&](int count) {
    for (int i = 0; i < count; ++i) {
      exchanges.push_back(std::make_unique<ScriptedExchange>(loop_, "GET", "/"));
      entered.push_back(enter(*exchanges.back()));
    }
  };
  const auto go_in = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      scripted_now += std::chrono::milliseconds(100);
      entered[i]->reset();
      loop_.run_ready();
    }
  };
  come(8);
  go_in(0, 6);
  EXPECT_FALSE(is_slow()) << "ten go in each second, and one waits";
  go_in(6, 8);
  come(6);  // the queue was empty for a moment
  EXPECT_TRUE(is_slow()) << "five wait";
  for (auto& exchange : exchanges) exchange->leave();
  loop_.run_ready();
  entered.clear();
  scripted_now += std::chrono::seconds(2);
  come(7);
  EXPECT_FALSE(is_slow()) << "two seconds later, its pace is not known any more";
  for (auto& exchange : exchanges) exchange->leave();
  loop_.run_ready();
}

TEST_F(TurnstileTest, AnEmptyQueueForgetsItsPace) {
  turnstile_ = std::make_shared<Turnstile>(1, 1000, [] { return scripted_now; });
  ScriptedExchange a(loop_, "GET", "/");
  ScriptedExchange b(loop_, "GET", "/");
  ScriptedExchange d(loop_, "GET", "/");
  const auto first = enter(a);
  const auto second = enter(b);
  scripted_now += std::chrono::seconds(5);
  EXPECT_TRUE(is_slow()) << "none went in for five seconds";
  first->reset();
  loop_.run_ready();
  EXPECT_TRUE(is_in(second));
  EXPECT_FALSE(is_slow());
  const auto fourth = enter(d);
  EXPECT_FALSE(is_refused(fourth));
  second->reset();
  loop_.run_ready();
  EXPECT_TRUE(is_in(fourth));
}

TEST_F(TurnstileTest, NobodyOvertakesTheQueue) {
  ScriptedExchange a(loop_, "GET", "/");
  ScriptedExchange b(loop_, "GET", "/");
  ScriptedExchange c(loop_, "GET", "/");
  const auto first = enter(a);
  const auto second = enter(b);
  first->reset();  // b gets the place, but b's coroutine has not run yet
  const auto third = enter(c);
  EXPECT_TRUE(is_in(second));
  EXPECT_FALSE(*third);
  c.leave();  // a coroutine that waits for ever would be a leak
  loop_.run_ready();
  EXPECT_TRUE(is_refused(third));
}

TEST_F(TurnstileTest, AWaitEndsByTheDeadlineOrWithItsClient) {
  ScriptedExchange a(loop_, "GET", "/");
  ScriptedExchange b(loop_, "GET", "/");
  ScriptedExchange c(loop_, "GET", "/");
  const auto first = enter(a);
  const auto late = enter(b);
  const auto gone = enter(c);
  b.pass_deadline();
  c.leave();
  loop_.run_ready();
  EXPECT_TRUE(is_refused(late) && is_refused(gone));
  first->reset();
  EXPECT_EQ(turnstile_->inside(), 0U) << "a place was given to an exchange that had given up";
}

/// Two things happen before the exchange's coroutine runs again: its deadline passes, and it gets a place. The exchange
/// must use the place. Otherwise the place is lost for ever.
TEST_F(TurnstileTest, APlaceThatComesTogetherWithTheDeadlineIsTaken) {
  for (const bool deadline_first : {true, false}) {
    ScriptedExchange a(loop_, "GET", "/");
    ScriptedExchange b(loop_, "GET", "/");
    const auto first = enter(a);
    const auto second = enter(b);
    if (deadline_first) b.pass_deadline();
    first->reset();
    if (!deadline_first) b.pass_deadline();
    loop_.run_ready();
    EXPECT_TRUE(is_in(second)) << deadline_first;
    second->reset();
    EXPECT_EQ(turnstile_->inside(), 0U);
  }
}

/// The exchange's wait ends first, and then a place becomes free.
TEST_F(TurnstileTest, APlaceThatComesAfterGivingUpGoesToTheNext) {
  ScriptedExchange a(loop_, "GET", "/");
  ScriptedExchange b(loop_, "GET", "/");
  ScriptedExchange c(loop_, "GET", "/");
  const auto first = enter(a);
  const auto second = enter(b);
  const auto third = enter(c);
  b.pass_deadline();
  loop_.run_ready();
  first->reset();
  loop_.run_ready();
  EXPECT_TRUE(is_refused(second));
  EXPECT_TRUE(is_in(third));
}

TEST_F(TurnstileTest, APermitThatIsReplacedLeaves) {
  ScriptedExchange a(loop_, "GET", "/");
  const auto first = enter(a);
  Turnstile::Permit permit = std::move(**first).value();
  EXPECT_EQ(turnstile_->inside(), 1U);
  permit = Turnstile::Permit();
  EXPECT_EQ(turnstile_->inside(), 0U);
}

}  // namespace
}  // namespace faasta::gateway
