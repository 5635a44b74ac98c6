#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <unordered_set>
#include <utility>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "gateway/owner_queue.hpp"
#include "http/task.hpp"

namespace faasta::gateway {

/// Threads for work that blocks. Owners have turns, and only one job of an owner runs at a time. So an owner with many
/// or long jobs leaves all threads but one to the others. Any thread may use it.
class OwnerPool {
 public:
  struct Bounds {
    std::size_t waiting = 1'000;             ///< jobs of one owner that wait
    std::chrono::milliseconds wait{10'000};  ///< the longest time that a job waits for its turn
  };
  OwnerPool(std::size_t threads, const Bounds& bounds) : bounds_(bounds), threads_(threads) {}
  OwnerPool(const OwnerPool&) = delete;
  OwnerPool& operator=(const OwnerPool&) = delete;
  ~OwnerPool();

  /// Runs work, which returns a Result, on a thread of the pool. The calling coroutine then continues on its own loop.
  /// Fails with busy_owner at a bound; then the work was not run.
  template <class Work>
  [[nodiscard]] auto run(OwnerId owner, Work work) -> Task<decltype(work())> {
    if (is_full(owner)) co_return refusal();
    auto in_time = [this, work = std::move(work), since = std::chrono::steady_clock::now()]() -> decltype(work()) {
      if (std::chrono::steady_clock::now() - since > bounds_.wait) return refusal();
      return work();
    };
    co_return co_await finish(owner, std::move(in_time));
  }
  /// The same for work of an answer that has begun, which cannot be refused any more: there are no bounds.
  template <class Work>
  [[nodiscard]] auto finish(OwnerId owner, Work work) -> Task<decltype(work())> {
    return elsewhere([this, owner](auto job) { add(owner, std::move(job)); }, std::move(work));
  }

 private:
  using Job = std::pair<OwnerId, std::move_only_function<void()>>;

  [[nodiscard]] static std::unexpected<Error> refusal();
  [[nodiscard]] bool is_full(OwnerId owner);
  void add(OwnerId owner, std::move_only_function<void()> work);
  /// Runs jobs until each owner with jobs has one that runs.
  void run_jobs();

  const Bounds bounds_;
  std::mutex mutex_;
  OwnerQueue<Job> queue_;                ///< protected by the mutex, like the members below
  std::unordered_set<OwnerId> running_;  ///< the owners with a job that runs
  bool stopped_ = false;
  asio::thread_pool threads_;
};

}  // namespace faasta::gateway
