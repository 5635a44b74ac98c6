#include "metrics/histogram.hpp"

#include <gtest/gtest.h>

namespace faasta::metrics {
namespace {

TEST(Histogram, BucketsCoverEveryValueOnceAndInOrder) {
  std::size_t last = 0;
  for (std::uint64_t us = 0; us < 100'000; ++us) {
    const std::size_t bucket = Histogram::bucket(us);
    ASSERT_TRUE(bucket == last || bucket == last + 1) << us;
    ASSERT_GE(Histogram::upper_edge(bucket), us);
    if (bucket > 0) {
      ASSERT_LT(Histogram::upper_edge(bucket - 1), us) << us;
    }
    last = bucket;
  }
}

TEST(Histogram, QuantilesAreWithinAQuarter) {
  Histogram histogram;
  for (std::uint64_t us = 1; us <= 1000; ++us) histogram.add(us);
  EXPECT_EQ(histogram.count(), 1000U);
  EXPECT_NEAR(static_cast<double>(histogram.quantile(0.5)), 500, 125);
  EXPECT_NEAR(static_cast<double>(histogram.quantile(0.99)), 990, 250);
  EXPECT_EQ(Histogram().quantile(0.5), 0U);
}

}  // namespace
}  // namespace faasta::metrics
