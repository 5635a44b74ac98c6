#include "gateway/refusal_pace.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "unit/scripted_exchange.hpp"
#include "unit/scripted_loop.hpp"

namespace faasta::gateway {
namespace {

using test::ScriptedExchange;

/// The time of the tests.
SteadyTime scripted_now{std::chrono::hours(1)};

class RefusalPaceTest : public testing::Test {
 protected:
  /// Refuses one request of a client.
  bool is_answered_at_once(const char* address = "192.0.2.1", bool is_proxy = false) {
    http::Client client = http::client_at(asio::ip::make_address(address));
    client.is_proxy = is_proxy;
    exchanges_.emplace_back(loop_, "GET", "/").set_client(std::move(client));
    waits_.push_back(loop_.begin(pace_.wait(exchanges_.back())));
    return waits_.back()->has_value();
  }
  /// Uses up the refusals that are answered at once.
  void use_up() {
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(is_answered_at_once());
  }

  test::ScriptedLoop loop_;
  RefusalPace pace_{[] { return scripted_now; }};
  std::deque<ScriptedExchange> exchanges_;
  std::deque<test::Pending<bool>> waits_;
};

TEST_F(RefusalPaceTest, AClientThatIsRefusedAgainAndAgainWaits) {
  use_up();
  EXPECT_FALSE(is_answered_at_once());
  EXPECT_EQ(pace_.waiting(), 1U);
  EXPECT_TRUE(is_answered_at_once("192.0.2.2")) << "another client";
  exchanges_[50].pass_deadline();
  loop_.run_ready();
  EXPECT_TRUE(waits_[50]->has_value());
  EXPECT_EQ(pace_.waiting(), 0U);
  scripted_now += std::chrono::milliseconds(100);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(is_answered_at_once()) << "five more, after a tenth of a second";
  EXPECT_FALSE(is_answered_at_once());
  exchanges_.back().leave();
  loop_.run_ready();
  EXPECT_TRUE(waits_.back()->has_value()) << "its client is gone";
}

TEST_F(RefusalPaceTest, AStopOfTheServerEndsTheWait) {
  use_up();
  EXPECT_FALSE(is_answered_at_once());
  exchanges_.back().drain();
  loop_.run_ready();
  EXPECT_TRUE(waits_.back()->has_value());
}

TEST_F(RefusalPaceTest, AProxyThatNamesNobodyDoesNotWait) {
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(is_answered_at_once("192.0.2.1", true));
}

TEST_F(RefusalPaceTest, NotMoreThanItsMostWait) {
  use_up();
  for (std::uint32_t i = 0; i < RefusalPace::kMostWaiting; ++i) EXPECT_FALSE(is_answered_at_once());
  EXPECT_TRUE(is_answered_at_once());
  EXPECT_EQ(pace_.waiting(), RefusalPace::kMostWaiting);
  for (ScriptedExchange& exchange : exchanges_) exchange.leave();
  loop_.run_ready();
  EXPECT_EQ(pace_.waiting(), 0U);
}

}  // namespace
}  // namespace faasta::gateway
