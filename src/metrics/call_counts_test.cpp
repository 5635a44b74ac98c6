#include "metrics/call_counts.hpp"

#include <gtest/gtest.h>

namespace faasta::metrics {
namespace {

CallCounts some() {
  CallCounts out;
  out.by_class = {1, 0, 20, 3, 4, 5};
  out.cold_starts = 2;
  out.cold_us = 500;
  out.cold_worst_us = 400;
  out.cpu_us = 12'345;
  out.peak_memory_bytes = 1U << 20U;
  out.log_bytes_lost = 7;
  out.durations.counts[0] = 3;
  out.durations.counts[Durations::kBuckets - 1] = 30;
  out.durations.sum_us = std::uint64_t{1} << 50U;
  out.failures = {{Code::guest_trap, 4}, {Code::cpu_limit, 1}};
  return out;
}

void expect_same(const CallCounts& left, const CallCounts& right) {
  EXPECT_EQ(left.by_class, right.by_class);
  EXPECT_EQ(left.cold_starts, right.cold_starts);
  EXPECT_EQ(left.cold_us, right.cold_us);
  EXPECT_EQ(left.cold_worst_us, right.cold_worst_us);
  EXPECT_EQ(left.cpu_us, right.cpu_us);
  EXPECT_EQ(left.peak_memory_bytes, right.peak_memory_bytes);
  EXPECT_EQ(left.log_bytes_lost, right.log_bytes_lost);
  EXPECT_EQ(left.durations, right.durations);
  EXPECT_EQ(left.failures, right.failures);
}

TEST(CallCounts, ComeBackFromTheirStoredForm) {
  expect_same(CallCounts::from_stored(some().to_stored()), some());
  expect_same(CallCounts::from_stored(CallCounts().to_stored()), CallCounts());
  EXPECT_EQ(some().calls(), 33U);
}

TEST(CallCounts, TextOfAnotherFormCountsNothing) {
  for (const char* text : {"", "{", "[]", "{}", R"({"us":{"900":1,"x":2,"3":"y"},"class":3,"failures":{"nothing":1}})"})
    expect_same(CallCounts::from_stored(text), CallCounts());
}

TEST(CallCounts, AddAndTakeAway) {
  CallCounts twice = CallCounts::from_stored(add_stored(some().to_stored(), some().to_stored()));
  EXPECT_EQ(twice.calls(), 66U);
  EXPECT_EQ(twice.cold_worst_us, 400U);
  EXPECT_EQ(twice.failures.at(Code::guest_trap), 8U);
  twice -= some();
  expect_same(twice, some());
  twice -= some();
  EXPECT_EQ(twice.calls(), 0U);
  EXPECT_TRUE(twice.failures.empty());
}

}  // namespace
}  // namespace faasta::metrics
