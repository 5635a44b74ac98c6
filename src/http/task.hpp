#pragma once
// The only header that includes Asio's coroutines.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace faasta {

namespace asio = boost::asio;

/// A coroutine. Write it as a named function. Take parameters by value. A reference is allowed if the caller awaits the
/// coroutine at once.
template <class T = void>
using Task = asio::awaitable<T>;

/// Runs blocking work on a thread of `pool`. The calling coroutine then continues on its own loop with the result.
template <class Pool, class Work>
auto on(Pool& pool, Work work) -> Task<decltype(work())> {
  using Value = decltype(work());
  const auto home = co_await asio::this_coro::executor;
  auto run = [](Work job) -> Task<Value> { co_return job(); };
  // This variable is needed, because g++ 12 miscompiles temporaries inside a co_await expression.
  auto started = run(std::move(work));
  if constexpr (std::is_void_v<Value>) {
    co_await asio::co_spawn(pool.get_executor(), std::move(started), asio::use_awaitable);
  } else {
    Value value = co_await asio::co_spawn(pool.get_executor(), std::move(started), asio::use_awaitable);
    co_return value;
  }
}

}  // namespace faasta
