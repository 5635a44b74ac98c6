#include "store/log_share.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace faasta::store {
namespace {

constexpr std::uint64_t kKibibyte = 1024;

TEST(LogShares, WhoHasMostLosesFirst) {
  const struct {
    std::vector<std::uint64_t> logs;
    std::uint64_t target;
    std::uint64_t most_each;
  } kCases[] = {
      {{1 * kKibibyte, 100 * kKibibyte}, 51 * kKibibyte, 50 * kKibibyte},
      {{10 * kKibibyte, 10 * kKibibyte, 10 * kKibibyte}, 15 * kKibibyte, 5 * kKibibyte},
      {{1 * kKibibyte, 8 * kKibibyte, 100 * kKibibyte, 100 * kKibibyte}, 49 * kKibibyte, 20 * kKibibyte},
      {{500, 500, 500}, 0, 0},
      {{100, 100}, 200, 2048 * kKibibyte},  // all logs fit
      {{}, 0, 2048 * kKibibyte},
  };
  for (const auto& one : kCases) {
    LogShares shares;
    for (const std::uint64_t bytes : one.logs) shares.add(bytes);
    EXPECT_EQ(shares.most_each(one.target), one.most_each) << one.logs.size() << " " << one.target;
  }
}

TEST(LogShares, AllAreWithinTheTargetAndUseIt) {
  LogShares shares;
  std::vector<std::uint64_t> logs;
  for (std::uint64_t i = 1; i <= 1000; ++i) logs.push_back(i * i % 700'001);
  for (const std::uint64_t bytes : logs) shares.add(bytes);
  for (const std::uint64_t percent : {1U, 10U, 50U, 90U, 99U}) {
    const std::uint64_t target = shares.sum() / 100 * percent;
    std::uint64_t left = 0;
    for (const std::uint64_t bytes : logs) left += std::min(bytes, shares.most_each(target));
    EXPECT_LE(left, target) << percent;
    EXPECT_GT(left + 1000 * 256, target) << percent;
  }
}

TEST(LogShares, ALogOfAnySizeIsCounted) {
  LogShares shares;
  shares.add(std::uint64_t{1} << 40U);
  shares.add(1000);
  EXPECT_EQ(shares.sum(), (std::uint64_t{1} << 40U) + 1000);
  EXPECT_EQ(shares.most_each(11 * kKibibyte), 10 * kKibibyte);
}

}  // namespace
}  // namespace faasta::store
