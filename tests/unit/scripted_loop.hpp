#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "http/loop.hpp"
#include "http/task.hpp"

namespace faasta::test {

/// The result of a coroutine that was started on a ScriptedLoop: empty until it has ended.
template <class T>
using Pending = std::shared_ptr<std::optional<T>>;

/// An event loop that a test runs by hand, on the test's thread. So a test decides what happens between two steps of a
/// coroutine. Pools run on their own threads, and post their results to this loop.
class ScriptedLoop {
 public:
  /// If a coroutine has not ended after this time, the test fails.
  static constexpr std::chrono::seconds kPatience{60};

  /// Starts a coroutine; it runs when the loop runs.
  template <class T>
  [[nodiscard]] Pending<T> start(Task<T> task) {
    auto out = std::make_shared<std::optional<T>>();
    asio::co_spawn(*loop_.context, keep(std::move(task), out), asio::detached);
    return out;
  }
  /// The same for a coroutine without a result. When the coroutine has ended, the value is true.
  [[nodiscard]] Pending<bool> start(Task<> task) { return start(as_value(std::move(task))); }
  /// Starts a coroutine and runs everything that is ready.
  template <class T>
  [[nodiscard]] auto begin(Task<T> task) {
    auto pending = start(std::move(task));
    run_ready();
    return pending;
  }
  /// Runs a coroutine to its end.
  template <class T>
  [[nodiscard]] T run(Task<T> task) {
    auto pending = start(std::move(task));
    return finish(pending);
  }
  void run(Task<> task) { static_cast<void>(run(as_value(std::move(task)))); }

  /// Runs the loop until a coroutine has ended.
  template <class T>
  [[nodiscard]] T finish(const Pending<T>& pending) {
    run_until([&pending] { return pending->has_value(); });
    return std::move(**pending);
  }
  /// Runs the loop until `done` returns true. `done` may depend on other threads.
  void run_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) throw std::runtime_error("the loop waited in vain");
      loop_.outbox.flush();
      if (loop_.poll_one() || loop_.run_queue.run_one(true)) continue;
      loop_.context->run_one_for(std::chrono::milliseconds(5));
    }
  }
  /// Runs everything that is ready, without waiting.
  void run_ready() {
    do loop_.outbox.flush();
    while (loop_.poll_one() || loop_.run_queue.run_one(true));
  }

  [[nodiscard]] http::Loop& loop() noexcept { return loop_; }
  /// The number of calls that go on after their exchange.
  [[nodiscard]] std::size_t outliving() const { return outliving_.now(); }

 private:
  template <class T>
  static Task<> keep(Task<T> task, Pending<T> out) {
    out->emplace(co_await std::move(task));
  }
  static Task<bool> as_value(Task<> task) {
    co_await std::move(task);
    co_return true;
  }

  http::OpenCount outliving_;
  http::Loop loop_{outliving_};
};

}  // namespace faasta::test
