#include "gateway/turnstiles.hpp"

#include <gtest/gtest.h>

namespace faasta::gateway {
namespace {

TEST(Turnstiles, AFunctionHasOneAsLongAsSomebodyHoldsIt) {
  Turnstiles turnstiles(1, 0);
  auto held = turnstiles.of(FunctionId{1});
  turnstiles.drop_idle();
  EXPECT_EQ(turnstiles.of(FunctionId{1}), held) << "after a deploy, the calls of the version before count too";
  EXPECT_NE(turnstiles.of(FunctionId{2}), held);
  const std::weak_ptr<Turnstile> seen = held;
  held.reset();
  turnstiles.drop_idle();
  EXPECT_TRUE(seen.expired());
}

TEST(Turnstiles, DoNotPileUpBetweenSweeps) {
  Turnstiles turnstiles(1, 0);
  const auto held = turnstiles.of(FunctionId{0});
  for (int i = 1; i < 50'000; ++i) static_cast<void>(turnstiles.of(FunctionId{i}));
  EXPECT_EQ(turnstiles.of(FunctionId{0}), held);
}

}  // namespace
}  // namespace faasta::gateway
