#include "gateway/component_cache.hpp"

#include <gtest/gtest.h>

#include "unit/guests.hpp"

namespace faasta::gateway {
namespace {

using Component = ComponentCache::Component;

/// All keys name components of the same small guest. Each component is loaded separately.
class ComponentCacheTest : public testing::Test {
 protected:
  Component load() { return test::Guests::load("hello-wat", folder_.path()); }
  static Sha256 key(int number) { return sha256(std::to_string(number)); }
  std::size_t size_of_one() {
    // The first load of the process also allocates memory that later loads share.
    static_cast<void>(load());
    ComponentCache one({});
    static_cast<void>(one.keep(key(0), load()));
    return one.loaded_bytes();
  }

  test::TemporaryFolder folder_;
};

TEST_F(ComponentCacheTest, TheFirstOfTwoStays) {
  ComponentCache cache({});
  const Component first = load();
  EXPECT_EQ(cache.keep(key(1), first), first);
  EXPECT_EQ(cache.keep(key(1), load()), first);
  EXPECT_EQ(cache.find(key(1)), first);
  EXPECT_EQ(cache.loaded(), 1U);
  cache.forget(key(1));
  cache.forget(key(1));
  EXPECT_EQ(cache.find(key(1)), nullptr);
  EXPECT_EQ(cache.loaded_bytes(), 0U);
}

TEST_F(ComponentCacheTest, IsBoundedByNumberAndTheOneUnusedForLongestGoes) {
  ComponentCache cache({.components = 3});
  for (int i = 0; i < 3; ++i) static_cast<void>(cache.keep(key(i), load()));
  static_cast<void>(cache.find(key(0)));
  static_cast<void>(cache.keep(key(3), load()));
  EXPECT_NE(cache.find(key(0)), nullptr);
  EXPECT_EQ(cache.find(key(1)), nullptr);
  EXPECT_EQ(cache.take_evicted().size(), 1U);
}

TEST_F(ComponentCacheTest, IsBoundedByBytes) {
  const std::size_t one = size_of_one();
  ComponentCache cache({.bytes = 3 * one + one / 2});
  for (int i = 0; i < 10; ++i) {
    static_cast<void>(cache.keep(key(i), load()));
    EXPECT_LE(cache.loaded_bytes(), 3 * one + one / 2);
  }
  EXPECT_GE(cache.loaded(), 2U);
  EXPECT_LE(cache.loaded(), 4U) << "one load may keep a little less than another";
}

/// If a call runs on a component, evicting it would free no memory. So it stays, and counts as used.
TEST_F(ComponentCacheTest, AComponentThatACallRunsOnIsNotEvicted) {
  ComponentCache cache({.components = 2});
  const Component running = cache.keep(key(0), load());
  for (int i = 1; i < 10; ++i) static_cast<void>(cache.keep(key(i), load()));
  EXPECT_EQ(cache.find(key(0)), running);
  EXPECT_EQ(cache.loaded(), 2U);
}

/// If calls run on all components, the limit is exceeded, because no call may fail for this reason.
TEST_F(ComponentCacheTest, TheBoundGivesWayToCalls) {
  ComponentCache cache({.components = 2});
  std::vector<Component> running;
  for (int i = 0; i < 4; ++i) running.push_back(cache.keep(key(i), load()));
  EXPECT_EQ(cache.loaded(), 4U);
  running.clear();
  static_cast<void>(cache.keep(key(4), load()));
  EXPECT_EQ(cache.loaded(), 2U);
}

TEST_F(ComponentCacheTest, IdleOnesGoAfterFourSweepsAFewAtATime) {
  ComponentCache cache({});
  for (int i = 0; i < 40; ++i) static_cast<void>(cache.keep(key(i), load()));
  for (int sweep = 0; sweep < 4; ++sweep) {
    cache.begin_sweep();
    EXPECT_FALSE(cache.evict_idle());
    static_cast<void>(cache.find(key(7)));
  }
  cache.begin_sweep();
  EXPECT_TRUE(cache.evict_idle());
  EXPECT_EQ(cache.take_evicted().size(), ComponentCache::kEvictedAtOnce);
  while (cache.evict_idle()) static_cast<void>(cache.take_evicted());
  EXPECT_EQ(cache.loaded(), 1U);
  EXPECT_NE(cache.find(key(7)), nullptr);
  EXPECT_EQ(cache.evictions(), 39U);
}

TEST_F(ComponentCacheTest, MakesRoomByEvictingSomeThatAreNotUsed) {
  ComponentCache cache({});
  const Component running = cache.keep(key(0), load());
  for (int i = 1; i < 40; ++i) static_cast<void>(cache.keep(key(i), load()));
  EXPECT_FALSE(cache.has_many_evicted());
  cache.make_room();
  EXPECT_TRUE(cache.has_many_evicted());
  EXPECT_EQ(cache.loaded(), 24U);
  cache.make_room();
  cache.make_room();
  EXPECT_EQ(cache.loaded(), 1U);
  EXPECT_NE(cache.find(key(0)), nullptr);
}

}  // namespace
}  // namespace faasta::gateway
