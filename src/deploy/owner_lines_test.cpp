#include "deploy/owner_lines.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "unit/scripted_loop.hpp"

namespace faasta::deploy {
namespace {

constexpr OwnerId kMona{1};
constexpr OwnerId kLisa{2};

class OwnerLinesTest : public testing::Test {
 protected:
  test::Pending<OwnerLines::Turn> enter(OwnerId owner, unsigned most = 1) {
    return loop_.begin(lines_.enter(owner, most));
  }

  OwnerLines lines_;
  test::ScriptedLoop loop_;
};

TEST_F(OwnerLinesTest, DeploysOfOneOwnerHaveTheirTurnInOrder) {
  auto first = enter(kMona);
  auto second = enter(kMona);
  auto third = enter(kMona);
  EXPECT_TRUE(first->has_value());
  EXPECT_FALSE(second->has_value() || third->has_value());
  first->reset();
  loop_.run_ready();
  EXPECT_TRUE(second->has_value());
  EXPECT_FALSE(third->has_value());
  second->reset();
  loop_.run_ready();
  EXPECT_TRUE(third->has_value());
}

TEST_F(OwnerLinesTest, AnotherOwnerDoesNotWait) {
  const auto first = enter(kMona);
  const auto second = enter(kMona);
  const auto other = enter(kLisa);
  EXPECT_TRUE(other->has_value());
  EXPECT_FALSE(second->has_value());
}

TEST_F(OwnerLinesTest, SeveralMayGoOnTogether) {
  auto first = enter(kMona, 2);
  const auto second = enter(kMona, 2);
  const auto third = enter(kMona, 2);
  EXPECT_TRUE(first->has_value() && second->has_value());
  EXPECT_FALSE(third->has_value());
  first->reset();
  loop_.run_ready();
  EXPECT_TRUE(third->has_value());
}

/// A turn that is given on at once and a deploy that comes later must not both have it.
TEST_F(OwnerLinesTest, ADeployThatComesAtTheEndOfATurnDoesNotOvertake) {
  auto first = enter(kMona);
  const auto second = enter(kMona);
  first->reset();  // the turn belongs to the second, which has not run yet
  const auto third = loop_.start(lines_.enter(kMona, 1));
  loop_.run_ready();
  EXPECT_TRUE(second->has_value());
  EXPECT_FALSE(third->has_value());
}

}  // namespace
}  // namespace faasta::deploy
