#include "metrics/histogram.hpp"

#include <gtest/gtest.h>

namespace faasta::metrics {
namespace {

TEST(Histogram, BucketsCoverEveryValueOnceAndInOrder) {
  std::size_t last = 0;
  for (std::uint64_t us = 0; us < 100'000; ++us) {
    const std::size_t bucket = Durations::bucket(us);
    ASSERT_TRUE(bucket == last || bucket == last + 1) << us;
    ASSERT_GE(Durations::upper_edge(bucket), us);
    if (bucket > 0) {
      ASSERT_LT(Durations::upper_edge(bucket - 1), us) << us;
    }
    last = bucket;
  }
}

TEST(Histogram, QuantilesAreWithinAQuarter) {
  Histogram histogram;
  for (std::uint64_t us = 1; us <= 1000; ++us) histogram.add(us);
  const Durations read = histogram.read();
  EXPECT_EQ(read.count(), 1000U);
  EXPECT_EQ(read.sum_us, 500'500U);
  EXPECT_NEAR(static_cast<double>(read.quantile(0.5)), 500, 125);
  EXPECT_NEAR(static_cast<double>(read.quantile(0.99)), 990, 250);
  EXPECT_EQ(Durations().quantile(0.5), 0U);
}

TEST(Histogram, WhatWasCountedSinceIsTheDifference) {
  Histogram histogram;
  histogram.add(10);
  const Durations before = histogram.read();
  histogram.add(2000);
  Durations since = histogram.read();
  since -= before;
  EXPECT_EQ(since.count(), 1U);
  EXPECT_EQ(since.sum_us, 2000U);
  since += before;
  EXPECT_EQ(since, histogram.read());
}

}  // namespace
}  // namespace faasta::metrics
