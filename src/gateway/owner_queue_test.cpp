#include "gateway/owner_queue.hpp"

#include <gtest/gtest.h>

#include <string>

namespace faasta::gateway {
namespace {

std::string all(OwnerQueue<char>& queue) {
  std::string out;
  while (const auto job = queue.next()) out += *job;
  return out;
}

TEST(OwnerQueue, OwnersHaveTurns) {
  OwnerQueue<char> queue;
  for (const char job : {'a', 'b', 'c', 'd'}) queue.add(OwnerId{1}, job);
  queue.add(OwnerId{2}, 'x');
  queue.add(OwnerId{3}, 'y');
  queue.add(OwnerId{2}, 'z');
  EXPECT_EQ(all(queue), "axybzcd");
}

TEST(OwnerQueue, AnOwnerWhoComesAgainStandsBehindTheOthers) {
  OwnerQueue<char> queue;
  queue.add(OwnerId{1}, 'a');
  queue.add(OwnerId{2}, 'x');
  EXPECT_EQ(queue.next(), 'a');
  queue.add(OwnerId{1}, 'b');
  EXPECT_EQ(all(queue), "xb");
}

TEST(OwnerQueue, AnOwnerThatMayNotHaveATurnKeepsIt) {
  OwnerQueue<char> queue;
  for (const char job : {'a', 'b'}) queue.add(OwnerId{1}, job);
  for (const char job : {'x', 'y'}) queue.add(OwnerId{2}, job);
  const auto not_one = [](OwnerId owner) { return owner != OwnerId{1}; };
  EXPECT_EQ(queue.next(not_one), 'x');
  EXPECT_EQ(queue.waiting(OwnerId{1}), 2U);
  EXPECT_EQ(queue.waiting(OwnerId{2}), 1U);
  EXPECT_EQ(queue.next(), 'a');
  EXPECT_EQ(queue.next(not_one), 'y');
  EXPECT_EQ(queue.next(not_one), std::nullopt);
  EXPECT_EQ(all(queue), "b");
  EXPECT_EQ(queue.waiting(OwnerId{1}), 0U);
}

}  // namespace
}  // namespace faasta::gateway
