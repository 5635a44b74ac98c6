#include "gateway/cdn_loop.hpp"

#include <gtest/gtest.h>

#include <string>

namespace faasta::gateway {
namespace {

TEST(CdnLoop, CountsWhatIsOurs) {
  EXPECT_EQ(hops_in("faasta;hops=2"), 2U);
  EXPECT_EQ(hops_in("foo123.foocdn.example, barcdn.example; trace=\"abcdef\", Faasta ; a=b; HOPS=3"), 3U);
  EXPECT_EQ(hops_in("faasta;hops=1, faasta;hops=2"), 3U);
  EXPECT_EQ(hops_in("faasta"), 1U);
  EXPECT_EQ(hops_in("faasta;hops=x"), 1U);
}

TEST(CdnLoop, CountsNothingElse) {
  for (const char* value : {"", ",", "faasta2;hops=9", "a;b=\"x, faasta;hops=9\"", "a;b=\"\\\", faasta\"", "x faasta"})
    EXPECT_EQ(hops_in(value), 0U) << value;
}

TEST(CdnLoop, LargeNumbersDoNotWrap) {
  EXPECT_GT(hops_in("faasta;hops=4294967295, faasta;hops=1"), kMostHops);
  EXPECT_GT(hops_in("faasta;hops=99999999999999999999"), kMostHops);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "faasta;hops=4294967295,";
  EXPECT_GT(hops_in(many), kMostHops);
}

}  // namespace
}  // namespace faasta::gateway
