#include "gateway/digest_cache.hpp"

#include <gtest/gtest.h>

#include <string>

namespace faasta::gateway {
namespace {

class DigestCacheTest : public testing::Test {
 protected:
  void keep(const std::string& name, std::size_t cost, OwnerId owner = OwnerId{1}) {
    cache_.keep(sha256(name), owner, std::make_shared<int>(1), cost);
  }
  [[nodiscard]] bool has(const std::string& name) { return cache_.find(sha256(name)) != nullptr; }
  /// The number of the owner's values that keep_many() has kept and that are still there.
  [[nodiscard]] int left_of(OwnerId owner, int most) {
    int out = 0;
    for (int i = 0; i < most; ++i) out += has(name_of(owner, i)) ? 1 : 0;
    return out;
  }
  void keep_many(OwnerId owner, int count) {
    for (int i = 0; i < count; ++i) keep(name_of(owner, i), 1, owner);
  }
  static std::string name_of(OwnerId owner, int i) {
    return std::to_string(static_cast<int>(owner)) + " " + std::to_string(i);
  }

  DigestCache<int> cache_{12};
};

TEST_F(DigestCacheTest, TheLeastRecentlyUsedLeavesFirst) {
  keep("a", 5);
  keep("b", 5);
  EXPECT_TRUE(has("a"));
  keep("c", 5);
  EXPECT_TRUE(has("a"));
  EXPECT_FALSE(has("b"));
  EXPECT_EQ(cache_.cost(), 10U);
}

TEST_F(DigestCacheTest, OneValueStaysEvenIfItIsLarge) {
  keep("a", 4);
  keep("b", 40);
  EXPECT_FALSE(has("a"));
  EXPECT_TRUE(has("b"));
  keep("c", 40, OwnerId{2});
  EXPECT_FALSE(has("b"));
  EXPECT_TRUE(has("c"));
}

TEST_F(DigestCacheTest, AValueThatIsNotUsedLeaves) {
  keep("a", 1);
  keep("b", 1);
  for (int sweep = 0; sweep < 5; ++sweep) {
    cache_.drop_idle();
    EXPECT_TRUE(has("a"));
  }
  EXPECT_FALSE(has("b"));
  EXPECT_EQ(cache_.cost(), 1U);
}

TEST_F(DigestCacheTest, OneOwnerAloneMayHaveAllOfIt) {
  keep_many(OwnerId{1}, 100);
  EXPECT_EQ(left_of(OwnerId{1}, 100), 12);
}

TEST_F(DigestCacheTest, AnOwnerTakesAtMostAQuarterFromTheOthers) {
  keep_many(OwnerId{1}, 6);
  keep_many(OwnerId{2}, 6);
  keep_many(OwnerId{3}, 1'000);
  EXPECT_EQ(left_of(OwnerId{3}, 1'000), 3);
  EXPECT_EQ(left_of(OwnerId{1}, 6) + left_of(OwnerId{2}, 6), 9);
}

TEST_F(DigestCacheTest, AnOwnerWhoHasAllOfItGivesItToTheOthers) {
  keep_many(OwnerId{1}, 12);
  keep_many(OwnerId{2}, 3);
  keep_many(OwnerId{3}, 3);
  EXPECT_EQ(left_of(OwnerId{2}, 3) + left_of(OwnerId{3}, 3), 6);
  EXPECT_EQ(left_of(OwnerId{1}, 12), 6);
}

/// Its size alone drops the others' values, and then its owner has more than a quarter.
TEST_F(DigestCacheTest, AValueOfMoreThanAQuarterDropsItsOwnersValuesFirst) {
  keep_many(OwnerId{1}, 3);
  keep_many(OwnerId{2}, 9);
  keep("large", 3, OwnerId{1});
  EXPECT_EQ(left_of(OwnerId{1}, 3), 0);
  EXPECT_EQ(left_of(OwnerId{2}, 9), 9);
}

}  // namespace
}  // namespace faasta::gateway
