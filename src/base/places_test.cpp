#include "base/places.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace faasta {
namespace {

TEST(PlacesTest, AKeyHasSoManyPlacesAndNoMore) {
  Places<std::string> places;
  const auto first = places.enter("ada", 2);
  auto second = places.enter("ada", 2);
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(places.enter("ada", 2));
  EXPECT_TRUE(places.enter("bob", 2));
  second.reset();
  EXPECT_TRUE(places.enter("ada", 2));
}

TEST(PlacesTest, APlaceThatWasMovedIsLeftOnce) {
  Places<> places;
  {
    auto place = places.enter(1);
    ASSERT_TRUE(place);
    const auto moved = std::move(*place);
    place.reset();
    EXPECT_FALSE(places.enter(1));
  }
  EXPECT_TRUE(places.enter(1));
}

TEST(PlacesTest, NoneOfNone) {
  Places<> places;
  EXPECT_FALSE(places.enter(0));
  EXPECT_TRUE(places.enter(1));
}

TEST(PlacesTest, ThreadsNeverHaveMoreThanThereAre) {
  constexpr std::uint32_t kMost = 3;
  Places<> places;
  std::atomic<std::uint32_t> inside{0};
  std::atomic<std::uint32_t> worst{0};
  {
    constexpr int kThreads = 8;
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 2000; ++round) {
          const auto place = places.enter(kMost);
          if (!place) continue;
          const std::uint32_t now = ++inside;
          std::uint32_t seen = worst;
          while (now > seen && !worst.compare_exchange_weak(seen, now)) {
          }
          --inside;
        }
      });
    }
  }
  EXPECT_LE(worst, kMost);
  EXPECT_TRUE(places.enter(1));
}

}  // namespace
}  // namespace faasta
