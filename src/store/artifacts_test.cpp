#include "store/artifacts.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

#include "unit/test_store.hpp"

namespace faasta::store {
namespace {

TEST(Artifacts, OneThreadAtATimeMakesACode) {
  test::TestStore store;
  constexpr int kThreads = 4, kRounds = 50;
  std::latch ready(kThreads);
  std::atomic<int> making{0};
  std::atomic<bool> two{false};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i)
      threads.emplace_back([&] {
        ready.arrive_and_wait();
        for (int round = 0; round < kRounds; ++round) {
          const Artifacts::Making one(store.artifacts(), sha256("code"));
          if (++making > 1) two = true;
          std::this_thread::yield();  // gives the other threads a chance to come in
          --making;
        }
      });
  }
  EXPECT_FALSE(two);
}

TEST(Artifacts, OtherCodeIsMadeAtTheSameTime) {
  test::TestStore store;
  const Artifacts::Making one(store.artifacts(), sha256("one"));
  const Artifacts::Making other(store.artifacts(), sha256("other"));
}

}  // namespace
}  // namespace faasta::store
