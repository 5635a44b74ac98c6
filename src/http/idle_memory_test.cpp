#include "http/idle_memory.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace faasta::http {
namespace {

/// Ends the loop when the deadlines have been checked.
class Last final : public HasDeadline {
 public:
  explicit Last(Deadlines& all) : all_(all) { all_.set(*this, std::chrono::steady_clock::now()); }
  Last(const Last&) = delete;
  Last& operator=(const Last&) = delete;
  void on_deadline() override { all_.stop(); }

 private:
  Deadlines& all_;
};

/// How often memory is released after this many connections became idle, each time.
int released(std::size_t connections, std::chrono::milliseconds rest) {
  asio::io_context loop;
  Deadlines deadlines(loop);
  int count = 0;
  IdleMemory memory(deadlines, rest, [&count] { ++count; });
  for (std::size_t n = 0; n < connections; ++n) memory.add();
  const Last last(deadlines);
  asio::co_spawn(loop, deadlines.run(), asio::detached);
  loop.run();
  return count;
}

TEST(IdleMemory, ManyIdleConnectionsReleaseItOnce) {
  EXPECT_EQ(released(IdleMemory::kMany, {}), 1);
  EXPECT_EQ(released(3 * IdleMemory::kMany, {}), 1);
}

TEST(IdleMemory, FewDoNot) { EXPECT_EQ(released(IdleMemory::kMany - 1, {}), 0); }

TEST(IdleMemory, WhileConnectionsBecomeIdleItWaits) {
  EXPECT_EQ(released(IdleMemory::kMany, std::chrono::hours(1)), 0);
}

}  // namespace
}  // namespace faasta::http
