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

}  // namespace
}  // namespace faasta::gateway
