#include "http/run_queue.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <thread>

#include "unit/scripted_loop.hpp"

namespace faasta::http {
namespace {

using std::chrono::milliseconds;
using Line = RunQueue::Line;

constexpr OwnerId kA{1};
constexpr OwnerId kB{2};

/// Uses the processor.
void compute(milliseconds time) {
  const auto used = [] {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
  };
  for (const auto end = used() + time; used() < end;) {
  }
}

Task<> wait_and_note(RunQueue& queue, OwnerId owner, std::vector<OwnerId>& ran, milliseconds time) {
  co_await queue.wait(owner, Line::first);
  ran.push_back(owner);
  compute(time);
}

TEST(RunQueue, AllTimeOfAHandlerIsChargedToTheCallsOwner) {
  RunQueue queue;
  ASSERT_TRUE(queue.may_run(kA));
  compute(milliseconds(3));
  queue.handler_ended();
  EXPECT_FALSE(queue.may_run(kA));
  EXPECT_TRUE(queue.may_run(kB));
  queue.handler_ended();
  EXPECT_FALSE(queue.run_one(true)) << "nobody waits, so the debts are forgotten";
  EXPECT_TRUE(queue.may_run(kA));
}

TEST(RunQueue, TimeOutsideOfCallsIsNotCharged) {
  RunQueue queue;
  ASSERT_TRUE(queue.may_run(kA));
  queue.handler_ended();
  compute(milliseconds(3));  // another handler, which asks nothing
  queue.handler_ended();
  EXPECT_TRUE(queue.may_run(kA));
}

/// Two requests of a pipeline may be answered in one handler.
TEST(RunQueue, ASecondCallInOneHandlerIsChargedForTheFirst) {
  RunQueue queue;
  ASSERT_TRUE(queue.may_run(kA));
  compute(milliseconds(3));
  EXPECT_FALSE(queue.may_run(kA));
}

TEST(RunQueue, TimeInWhichTheThreadDidNotRunIsNotCharged) {
  RunQueue queue;
  // The first round only makes the queue read the clock of the thread.
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(queue.may_run(kA));
    std::this_thread::sleep_for(milliseconds(5));  // stands for other threads that have the processor
    queue.handler_ended();
    if (i == 0) static_cast<void>(queue.run_one(true));
  }
  EXPECT_TRUE(queue.may_run(kA));
}

TEST(RunQueue, ResumesTheOwnersInTurn) {
  test::ScriptedLoop loop;
  RunQueue& queue = loop.loop().run_queue;
  std::vector<OwnerId> ran;
  for (int i = 0; i < 4; ++i)
    asio::co_spawn(*loop.loop().context, wait_and_note(queue, kA, ran, milliseconds(2)), asio::detached);
  asio::co_spawn(*loop.loop().context, wait_and_note(queue, kB, ran, milliseconds(2)), asio::detached);
  while (loop.loop().poll_one()) {
  }
  EXPECT_FALSE(queue.may_run(kA)) << "four calls wait";
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(queue.run_one(true));
  EXPECT_FALSE(queue.run_one(true));
  ASSERT_EQ(ran.size(), 5U);
  EXPECT_TRUE(ran[1] == kB || ran[2] == kB);
}

TEST(RunQueue, ABusyLoopResumesACallNowAndThen) {
  test::ScriptedLoop loop;
  RunQueue& queue = loop.loop().run_queue;
  std::vector<OwnerId> ran;
  for (int i = 0; i < 3; ++i)
    asio::co_spawn(*loop.loop().context, wait_and_note(queue, kA, ran, milliseconds(0)), asio::detached);
  while (loop.loop().poll_one()) {
  }
  EXPECT_TRUE(queue.run_one(false)) << "the first waits since the start";
  EXPECT_FALSE(queue.run_one(false));
  compute(RunQueue::kPatience);
  EXPECT_TRUE(queue.run_one(false));
}

}  // namespace
}  // namespace faasta::http
