#pragma once
// The only header that includes Asio's coroutines.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_executor.hpp>
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
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace faasta {

namespace asio = boost::asio;

/// A coroutine. Write it as a named function. Take parameters by value. A reference is allowed if the caller awaits the
/// coroutine at once.
template <class T = void>
using Task = asio::awaitable<T>;

/// Runs blocking work on another thread: gives `start` a job, which `start` must run once, on any thread. The calling
/// coroutine then continues on its own loop with the result. The result does not go through the threads again: there it
/// would wait behind the jobs of others.
template <class Start, class Work>
auto elsewhere(Start start, Work work) -> Task<decltype(work())> {
  using Value = decltype(work());
  struct {
    std::conditional_t<std::is_void_v<Value>, std::monostate, std::optional<Value>> value;
    std::exception_ptr failure;
  } done;
  co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(
      [&start, &work, &done](auto resume) {
        auto home = asio::make_work_guard(asio::get_associated_executor(resume));
        start([&done, work = std::move(work), resume = std::move(resume), home = std::move(home)]() mutable {
          try {
            Work now = std::move(work);  // destroyed on this thread
            if constexpr (std::is_void_v<Value>)
              now();
            else
              done.value.emplace(now());
          } catch (...) {
            done.failure = std::current_exception();
          }
          asio::post(home.get_executor(), std::move(resume));
        });
      },
      asio::use_awaitable);
  if (done.failure) std::rethrow_exception(done.failure);
  if constexpr (!std::is_void_v<Value>) co_return std::move(*done.value);
}

/// Runs blocking work on a thread of `pool`, as elsewhere() does.
template <class Pool, class Work>
auto on(Pool& pool, Work work) -> Task<decltype(work())> {
  return elsewhere([&pool](auto job) { asio::post(pool, std::move(job)); }, std::move(work));
}

}  // namespace faasta
