#include "base/free_string.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

TEST(FreeString, FreesTheMemory) {
  std::string text(10'000, 'x');
  free_string(text);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(text.capacity(), std::string().capacity());
}

}  // namespace
}  // namespace faasta
