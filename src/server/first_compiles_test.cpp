#include "server/first_compiles.hpp"

#include <gtest/gtest.h>

namespace faasta::server {
namespace {

store::LiveComponent component(std::int64_t function, const char* content, std::uint64_t bytes) {
  return {FunctionId(function), sha256(content), bytes};
}

constexpr std::uint64_t kSmall = 1000, kLarge = 13ULL << 20U;

TEST(FirstCompiles, TheMostCalledComesFirst) {
  const std::vector<store::LiveComponent> missing{component(1, "a", kSmall), component(2, "b", kSmall),
                                                  component(3, "c", kSmall)};
  EXPECT_EQ(in_order_of_compiling(missing, {{FunctionId(1), 3}, {FunctionId(2), 9}, {FunctionId(3), 5}}, false),
            (std::vector{sha256("b"), sha256("c"), sha256("a")}));
}

TEST(FirstCompiles, SmallOnesDoNotWaitForALargeOne) {
  const std::vector<store::LiveComponent> missing{component(1, "large", kLarge), component(2, "b", kSmall)};
  EXPECT_EQ(in_order_of_compiling(missing, {{FunctionId(1), 100}, {FunctionId(2), 1}}, false),
            (std::vector{sha256("b"), sha256("large")}));
}

TEST(FirstCompiles, WhatNobodyCalledComesLastOrNotAtAll) {
  const std::vector<store::LiveComponent> missing{component(1, "a", kSmall), component(2, "large", kLarge)};
  const std::unordered_map<FunctionId, std::uint64_t> heat{{FunctionId(2), 1}};
  EXPECT_EQ(in_order_of_compiling(missing, heat, false), (std::vector{sha256("large")}));
  EXPECT_EQ(in_order_of_compiling(missing, heat, true), (std::vector{sha256("large"), sha256("a")}));
}

TEST(FirstCompiles, AComponentOfSeveralFunctionsIsListedOnceWithTheHeatOfAll) {
  const std::vector<store::LiveComponent> missing{component(1, "a", kSmall), component(2, "b", kSmall),
                                                  component(3, "b", kSmall)};
  EXPECT_EQ(in_order_of_compiling(missing, {{FunctionId(1), 4}, {FunctionId(2), 3}, {FunctionId(3), 3}}, true),
            (std::vector{sha256("b"), sha256("a")}));
}

}  // namespace
}  // namespace faasta::server
