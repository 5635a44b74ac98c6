#include "base/rate_limiter.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RateLimiter, LetsABurstThroughAndThenTheRate) {
  SteadyTime now{};
  RateLimiter limiter(100, [&] { return now; });
  const Rate rate{10, seconds(60)};
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(limiter.take("a", rate)) << i;
  EXPECT_EQ(limiter.take("a", rate), seconds(6));
  EXPECT_FALSE(limiter.take("b", rate));
  now += seconds(5);
  EXPECT_EQ(limiter.take("a", rate), seconds(1));
  now += seconds(1) + milliseconds(1);
  EXPECT_FALSE(limiter.take("a", rate));
  EXPECT_TRUE(limiter.take("a", rate));
  now += std::chrono::hours(1);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(limiter.take("a", rate)) << i;
  EXPECT_TRUE(limiter.take("a", rate));
}

TEST(RateLimiter, SaysWhetherItWouldWaitWithoutTaking) {
  SteadyTime now{};
  RateLimiter limiter(100, [&] { return now; });
  const Rate rate{1, seconds(60)};
  EXPECT_FALSE(limiter.would_wait("a", rate));
  EXPECT_FALSE(limiter.would_wait("a", rate));
  EXPECT_FALSE(limiter.take("a", rate));
  EXPECT_EQ(limiter.would_wait("a", rate), seconds(60));
  EXPECT_EQ(limiter.would_wait("a", rate), seconds(60));
  now += seconds(60);
  EXPECT_FALSE(limiter.would_wait("a", rate));
}

TEST(RateLimiter, ForgetsTheKeysThatWereUsedLongestAgo) {
  SteadyTime now{};
  RateLimiter limiter(2, [&] { return now; });
  const Rate rate{1, seconds(60)};
  EXPECT_FALSE(limiter.take("a", rate));
  EXPECT_FALSE(limiter.take("b", rate));
  EXPECT_TRUE(limiter.take("a", rate));
  EXPECT_FALSE(limiter.take("c", rate));  // replaces b
  EXPECT_TRUE(limiter.take("a", rate));
  EXPECT_FALSE(limiter.take("b", rate));
}

}  // namespace
}  // namespace faasta
