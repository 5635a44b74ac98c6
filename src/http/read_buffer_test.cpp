#include "http/read_buffer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace faasta::http {
namespace {

void fill(std::span<char> space, ReadBuffer& buffer, std::string_view bytes) {
  std::ranges::copy(bytes, space.begin());
  buffer.filled_up(bytes.size());
}

TEST(ReadBuffer, KeepsItsPlaceWhileSpaceIsLent) {
  // A read that watches for the client is under way while the request before it is consumed (found as a use after
  // free).
  ReadBuffer buffer;
  fill(buffer.lend_space(1U << 16U), buffer, "first");
  const auto space = buffer.lend_space(1U << 16U);
  buffer.consume(5);
  buffer.release();
  fill(space, buffer, "second");
  EXPECT_EQ(buffer.filled(), "second");
}

TEST(ReadBuffer, GrowsToItsBoundAndThenLendsNothing) {
  ReadBuffer buffer;
  std::string expected;
  for (;;) {
    const auto space = buffer.lend_space(10'000);
    if (space.empty()) break;
    const std::string bytes(space.size(), static_cast<char>('a' + expected.size() % 26));
    fill(space, buffer, bytes);
    expected += bytes;
  }
  EXPECT_EQ(expected.size(), 10'000U);
  EXPECT_EQ(buffer.filled(), expected);
  buffer.consume(9'000);
  EXPECT_EQ(buffer.lend_space(10'000).size(), 9'000U);
  EXPECT_EQ(buffer.filled(), expected.substr(9'000));
}

}  // namespace
}  // namespace faasta::http
