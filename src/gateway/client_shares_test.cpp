#include "gateway/client_shares.hpp"

#include <gtest/gtest.h>

namespace faasta::gateway {
namespace {

using http::ClientNetwork;

ClientNetwork network(std::uint32_t number) { return ClientNetwork(boost::asio::ip::address_v4(number)); }

class ClientSharesTest : public testing::Test {
 protected:
  /// How many of `count` requests the network may send within the next second, if the requests come evenly.
  int taken(std::uint32_t number, int count) {
    int out = 0;
    const SteadyTime start = now_;
    for (int i = 0; i < count; ++i) {
      now_ = start + std::chrono::microseconds(1'000'000LL * i / count);
      out += shares_.take(network(number), rate_, now_) ? 1 : 0;
    }
    now_ = start;
    return out;
  }
  void pass(std::chrono::milliseconds time) { now_ += time; }

  const Rate rate_{.burst = 1000, .period = std::chrono::seconds(1)};
  SteadyTime now_ = SteadyTime() + std::chrono::hours(1);
  ClientShares shares_;
};

/// The requests of both come at the same time.
TEST_F(ClientSharesTest, AFloodLeavesTheOthersTheirPart) {
  int flood = 0;
  int calm = 0;
  for (int ms = 0; ms < 10'000; ++ms) {
    now_ += std::chrono::milliseconds(1);
    for (int i = 0; i < 50; ++i) flood += shares_.take(network(1), rate_, now_) ? 1 : 0;
    if (ms % 10 == 0) calm += shares_.take(network(2), rate_, now_) ? 1 : 0;
  }
  EXPECT_EQ(calm, 1000);
  EXPECT_LE(flood, 6000);
  EXPECT_GE(flood, 3000);
}

TEST_F(ClientSharesTest, TheFirstNetworkDoesNotHaveAll) {
  EXPECT_LE(taken(1, 10'000), 1500);
  EXPECT_TRUE(shares_.take(network(2), rate_, now_));
}

TEST_F(ClientSharesTest, ASmallRateStillGivesARequest) {
  const Rate small{.burst = 1, .period = std::chrono::seconds(1)};
  for (std::uint32_t i = 0; i < 5; ++i) EXPECT_TRUE(shares_.take(network(i), small, now_)) << i;
  EXPECT_FALSE(shares_.take(network(0), small, now_));
}

TEST_F(ClientSharesTest, ManyNetworksTakeNoMoreMemory) {
  for (std::uint32_t i = 0; i < 100'000; ++i) static_cast<void>(shares_.take(network(i), rate_, now_));
  EXPECT_LE(shares_.networks(), ClientShares::kMost + 1);
  EXPECT_TRUE(shares_.take(network(0), rate_, now_ + std::chrono::milliseconds(900)));
}

TEST_F(ClientSharesTest, ForgetsNetworksThatAreSilent) {
  for (std::uint32_t i = 0; i < 100; ++i) static_cast<void>(shares_.take(network(i), rate_, now_));
  pass(std::chrono::seconds(1));
  static_cast<void>(shares_.take(network(1), rate_, now_));
  EXPECT_EQ(shares_.networks(), 100U);
  pass(std::chrono::seconds(1));
  static_cast<void>(shares_.take(network(1), rate_, now_));
  EXPECT_EQ(shares_.networks(), 1U);
}

}  // namespace
}  // namespace faasta::gateway
