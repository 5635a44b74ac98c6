#include "gateway/waiting_bodies.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace faasta::gateway {
namespace {

constexpr OwnerId kOwner{1};
constexpr OwnerId kOther{2};

http::Client client(const char* address) { return http::client_at(asio::ip::make_address(address)); }

/// Counts how often it is woken.
class Sleeper final : public Wakeable {
 public:
  void wake() noexcept override { ++woken; }
  int woken = 0;
};

class WaitingBodiesTest : public testing::Test {
 protected:
  Result<WaitingBodies::Waiting> enter(OwnerId owner = kOwner) { return enter("", owner); }
  /// `address`: of the client; empty: each client has another one.
  Result<WaitingBodies::Waiting> enter(const std::string& address, OwnerId owner = kOwner) {
    const std::string another = "192.0.2." + std::to_string(sleepers_.size());
    return enter(client(address.empty() ? another.c_str() : address.c_str()), owner);
  }
  Result<WaitingBodies::Waiting> enter(const http::Client& from, OwnerId owner = kOwner) {
    sleepers_.push_back(WakeRef<Sleeper>::adopt(new Sleeper));
    return bodies_.enter(from, owner, sleepers_.back());
  }
  std::vector<WakeRef<Sleeper>> sleepers_;
  WaitingBodies bodies_{{.of_network = 2, .of_owner = 3, .all = 5}};
};

TEST_F(WaitingBodiesTest, ANetworkMayHaveSomeSlowOnes) {
  auto first = enter("2001:db8::1");
  auto second = enter("2001:db8::2", kOther);
  auto third = enter("2001:db8::3");
  EXPECT_TRUE(first->is_slow());
  EXPECT_TRUE(second->is_slow());
  EXPECT_FALSE(third->is_slow());
  EXPECT_TRUE(enter("192.0.2.1")->is_slow());
  {
    const auto ended = std::move(first);
  }
  EXPECT_TRUE(third->is_slow());
  EXPECT_EQ(bodies_.now(), 2U);
}

TEST_F(WaitingBodiesTest, AProxyThatNamesNobodyHasNoLimit) {
  http::Client proxy = client("192.0.2.1");
  proxy.is_proxy = true;
  std::vector<Result<WaitingBodies::Waiting>> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.push_back(enter(proxy));
    EXPECT_TRUE(waiting.back()->is_slow());
  }
}

TEST_F(WaitingBodiesTest, TheLongestOfAnOwnerEndsForTheNext) {
  const auto others = enter(kOther);
  const auto first = enter();
  const auto second = enter();
  const auto third = enter();
  const auto fourth = enter();
  EXPECT_FALSE(others->must_end());
  EXPECT_TRUE(first->must_end());
  EXPECT_EQ(sleepers_[1]->woken, 1);
  EXPECT_FALSE(second->must_end());
  EXPECT_FALSE(fourth->must_end());
}

TEST_F(WaitingBodiesTest, ACallThatWaitsAgainCostsNoSecondOne) {
  auto first = enter();
  const auto second = enter();
  const auto third = enter();
  for (int i = 0; i < 3; ++i) {
    const auto fourth = enter();  // gets bytes before `first` has ended, and waits for more
    EXPECT_TRUE(first->must_end());
    EXPECT_FALSE(second->must_end());
  }
  {
    const auto ended = std::move(first);
  }
  const auto fourth = enter();
  EXPECT_FALSE(second->must_end()) << "there is room for the fourth";
  const auto fifth = enter();
  EXPECT_TRUE(second->must_end());
  EXPECT_FALSE(third->must_end());
}

TEST_F(WaitingBodiesTest, TheNetworkThatHasMostMakesRoom) {
  const auto longest = enter("192.0.2.100");
  const auto first = enter("192.0.2.200");
  const auto second = enter("192.0.2.200");
  const auto next = enter("192.0.2.201");
  EXPECT_FALSE(longest->must_end());
  EXPECT_TRUE(first->must_end());
  EXPECT_FALSE(second->must_end());
}

TEST_F(WaitingBodiesTest, OneEndsAlthoughBothLimitsAreReached) {
  WaitingBodies bodies({.of_network = 2, .of_owner = 2, .all = 2});
  const auto waker = WakeRef<Sleeper>::adopt(new Sleeper);
  const auto first = bodies.enter(client("192.0.2.1"), kOwner, waker);
  const auto second = bodies.enter(client("192.0.2.2"), kOwner, waker);
  const auto third = bodies.enter(client("192.0.2.3"), kOwner, waker);
  EXPECT_TRUE(first->must_end());
  EXPECT_FALSE(second->must_end());
}

TEST_F(WaitingBodiesTest, TheLongestOfAllEndsForTheNext) {
  std::vector<Result<WaitingBodies::Waiting>> waiting;
  waiting.push_back(enter(kOther));
  for (int i = 0; i < 3; ++i) waiting.push_back(enter());
  waiting.push_back(enter(OwnerId{3}));
  EXPECT_FALSE(waiting[0]->must_end());
  waiting.push_back(enter(OwnerId{3}));
  EXPECT_TRUE(waiting[0]->must_end());
  EXPECT_FALSE(waiting[1]->must_end());
}

/// Their loops may be busy, so they may still be there for a while.
TEST_F(WaitingBodiesTest, ThoseThatHaveToEndAreLimitedToo) {
  std::vector<Result<WaitingBodies::Waiting>> waiting;
  for (int i = 0; i < 6; ++i) {
    waiting.push_back(enter());
    ASSERT_TRUE(waiting.back()) << i;
  }
  const auto refused = enter();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::busy_server);
  waiting.clear();
  EXPECT_EQ(bodies_.now(), 0U);
  EXPECT_TRUE(enter());
}

}  // namespace
}  // namespace faasta::gateway
