#include "attack/verdict.hpp"

#include <gtest/gtest.h>

namespace faasta::attack {
namespace {

constexpr std::uint64_t kMiB = 1U << 20U;

Latency latency(double p99, std::size_t errors = 0) {
  return {.requests = 100, .errors = errors, .p50 = 1, .p99 = p99};
}

Figures good() {
  return {.before = latency(2),
          .during = latency(3),
          .after = latency(2),
          .attackers = {},
          .memory_before = 50 * kMiB,
          .memory_peak = 1400 * kMiB,
          .memory_after = 60 * kMiB,
          .back_s = 1,
          .breaches = {}};
}

constexpr Bounds kBounds{.quiet_p99 = 2, .processor = false, .most_memory = 1280 * kMiB, .start_memory = 50 * kMiB};

TEST(Verdict, a_trial_within_all_bounds_holds) { EXPECT_TRUE(broken(good(), kBounds).empty()); }

TEST(Verdict, each_bound_is_a_bound) {
  const auto breaks = [](auto change) {
    Figures figures = good();
    change(figures);
    return broken(figures, kBounds).size() == 1;
  };
  EXPECT_TRUE(breaks([](Figures& f) { f.during.p99 = 3.01; }));
  EXPECT_TRUE(breaks([](Figures& f) { f.during.errors = 1; }));
  EXPECT_TRUE(breaks([](Figures& f) { f.before.errors = 1; }));
  EXPECT_TRUE(breaks([](Figures& f) { f.after.errors = 1; }));
  EXPECT_TRUE(breaks([](Figures& f) { f.during.requests = 0; }));
  EXPECT_TRUE(breaks([](Figures& f) { f.memory_peak = 1409 * kMiB; }));
  EXPECT_TRUE(breaks([](Figures& f) { f.back_s = 10.1; }));
  EXPECT_TRUE(breaks([](Figures& f) { f.breaches = {"the server ended"}; }));
}

TEST(Verdict, processor_time_may_cost_three_milliseconds) {
  Bounds bounds = kBounds;
  bounds.processor = true;
  EXPECT_DOUBLE_EQ(bounds.most_p99(), 5);
  bounds.quiet_p99 = 20;
  EXPECT_DOUBLE_EQ(bounds.most_p99(), 30);
}

TEST(Verdict, memory_is_back_if_the_caches_alone_have_grown) {
  EXPECT_TRUE(kBounds.memory_back(178 * kMiB));
  EXPECT_FALSE(kBounds.memory_back(179 * kMiB));
}

TEST(Latency, quantiles_are_of_the_samples) {
  std::vector<Sample> samples;
  for (int i = 1; i <= 200; ++i)
    samples.push_back({.due = {}, .milliseconds = static_cast<double>(i), .right = i != 7});
  const Latency out = Latency::of(samples);
  EXPECT_EQ(out.requests, 200U);
  EXPECT_EQ(out.errors, 1U);
  EXPECT_DOUBLE_EQ(out.p50, 100);
  EXPECT_DOUBLE_EQ(out.p99, 198);
  EXPECT_EQ(Latency::of({}).requests, 0U);
}

}  // namespace
}  // namespace faasta::attack
