#include "http/read_buffer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace faasta::http {
namespace {

void fill(std::span<char> space, ReadBuffer& buffer, std::string_view bytes) {
  std::ranges::copy(bytes, space.begin());
  buffer.filled_up(bytes.size());
}

TEST(ReadBuffer, BeginsAnewWhenAllIsConsumed) {
  ReadBuffer buffer;
  fill(buffer.free_space(1U << 16U), buffer, "first");
  buffer.consume(5);
  EXPECT_TRUE(buffer.empty());
  buffer.release();
  fill(buffer.free_space(1U << 16U), buffer, "second");
  EXPECT_EQ(buffer.filled(), "second");
}

TEST(ReadBuffer, GrowsToItsBoundAndThenHasNoSpace) {
  ReadBuffer buffer;
  std::string expected;
  for (;;) {
    const auto space = buffer.free_space(10'000);
    if (space.empty()) break;
    const std::string bytes(space.size(), static_cast<char>('a' + expected.size() % 26));
    fill(space, buffer, bytes);
    expected += bytes;
  }
  EXPECT_EQ(expected.size(), 10'000U);
  EXPECT_EQ(buffer.filled(), expected);
  buffer.consume(9'000);
  EXPECT_EQ(buffer.free_space(10'000).size(), 9'000U);
  EXPECT_EQ(buffer.filled(), expected.substr(9'000));
}

}  // namespace
}  // namespace faasta::http
