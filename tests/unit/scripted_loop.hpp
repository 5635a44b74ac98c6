#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "http/loop.hpp"

namespace faasta::tests {

/// An event loop that runs only when the test says so, on the test's own thread.
class ScriptedLoop {
 public:
  [[nodiscard]] http::Loop& loop() { return loop_; }
  [[nodiscard]] std::size_t outliving() const { return outliving_.now(); }

  /// Runs all that is ready, and all that becomes ready by that.
  void settle() {
    do loop_.outbox.flush();
    while (loop_.context->poll() > 0 || loop_.background.run_one(true));
  }
  /// Runs until `done` is true, waiting for other threads while there is nothing to do. Throws after ten seconds in
  /// which nothing happened.
  template <class Done>
  void run_until(Done done) {
    constexpr std::chrono::seconds kPatience{10};
    while (!done()) {
      loop_.outbox.flush();
      if (!loop_.background.run_one(true) && loop_.context->run_one_for(kPatience) == 0)
        throw std::runtime_error("what the test waits for does not happen");
    }
  }

  /// Starts a coroutine. Its result stands in the returned box when it has ended.
  template <class T>
  std::shared_ptr<std::optional<T>> start(Task<T> task) {
    auto box = std::make_shared<std::optional<T>>();
    asio::co_spawn(*loop_.context, std::move(task), [box](const std::exception_ptr& failed, T value) {
      if (failed) std::rethrow_exception(failed);
      box->emplace(std::move(value));
    });
    settle();
    return box;
  }
  /// The same without a result: true when it has ended.
  std::shared_ptr<bool> start(Task<> task) {
    auto box = std::make_shared<bool>(false);
    asio::co_spawn(*loop_.context, std::move(task), [box](const std::exception_ptr& failed) {
      if (failed) std::rethrow_exception(failed);
      *box = true;
    });
    settle();
    return box;
  }

 private:
  http::OpenCount outliving_;
  http::Loop loop_{outliving_};
};

}  // namespace faasta::tests
