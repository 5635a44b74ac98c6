#include "http/task.hpp"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <thread>

#include "unit/scripted_loop.hpp"

// NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters): the test outlives its coroutines

namespace faasta {
namespace {

Task<std::thread::id> where(asio::thread_pool& pool) {
  co_return co_await on(pool, [] { return std::this_thread::get_id(); });
}

TEST(On, TheWorkRunsOnThePoolAndTheCoroutineGoesOnAtHome) {
  asio::thread_pool pool(1);
  test::ScriptedLoop loop;
  EXPECT_NE(loop.run(where(pool)), std::this_thread::get_id());
}

Task<bool> first_of_two(asio::thread_pool& pool, std::promise<void>& resumed) {
  static_cast<void>(co_await on(pool, [] { return 1; }));
  resumed.set_value();
  co_return true;
}

Task<bool> second_of_two(asio::thread_pool& pool, std::future<void> first) {
  co_return co_await on(pool, [first = std::move(first)] {
    return first.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
  });
}

/// With one thread for all jobs, a result that went through the pool again would wait for the end of the second job.
TEST(On, AResultDoesNotWaitForTheJobsBehind) {
  asio::thread_pool pool(1);
  test::ScriptedLoop loop;
  std::promise<void> resumed;
  const auto first = loop.begin(first_of_two(pool, resumed));
  const auto second = loop.begin(second_of_two(pool, resumed.get_future()));
  EXPECT_TRUE(loop.finish(second)) << "the first coroutine went on while the second job waited for it";
  EXPECT_TRUE(first->has_value());
}

Task<bool> throws(asio::thread_pool& pool) {
  try {
    co_await on(pool, [] { throw std::runtime_error("no"); });
  } catch (const std::runtime_error&) {
    co_return true;
  }
  co_return false;
}

TEST(On, AnExceptionOfTheWorkReachesTheCoroutine) {
  asio::thread_pool pool(1);
  test::ScriptedLoop loop;
  EXPECT_TRUE(loop.run(throws(pool)));
}

}  // namespace
}  // namespace faasta

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)
