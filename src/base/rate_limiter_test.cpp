#include "base/rate_limiter.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RateLimiter, LetsABurstThroughAndThenTheRate) {
  SteadyTime now{};
  RateLimiter limiter(10, seconds(60), 100, [&] { return now; });
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(limiter.take("a")) << i;
  EXPECT_EQ(limiter.take("a"), seconds(6));
  EXPECT_FALSE(limiter.take("b"));
  now += seconds(5);
  EXPECT_EQ(limiter.take("a"), seconds(1));
  now += seconds(1) + milliseconds(1);
  EXPECT_FALSE(limiter.take("a"));
  EXPECT_TRUE(limiter.take("a"));
  now += std::chrono::hours(1);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(limiter.take("a")) << i;
  EXPECT_TRUE(limiter.take("a"));
}

TEST(RateLimiter, ForgetsTheKeysThatWereUsedLongestAgo) {
  SteadyTime now{};
  RateLimiter limiter(1, seconds(60), 2, [&] { return now; });
  EXPECT_FALSE(limiter.take("a"));
  EXPECT_FALSE(limiter.take("b"));
  EXPECT_TRUE(limiter.take("a"));
  EXPECT_FALSE(limiter.take("c"));  // takes the place of b
  EXPECT_TRUE(limiter.take("a"));
  EXPECT_FALSE(limiter.take("b"));
}

TEST(RateLimiter, TakesAFigureOfTheKeysOwn) {
  SteadyTime now{};
  RateLimiter limiter(1, seconds(1), 10, [&] { return now; });
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.take("a", 3, seconds(1)));
  EXPECT_EQ(limiter.take("a", 3, seconds(1)), seconds(1));
}

}  // namespace
}  // namespace faasta
