#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/sha256.hpp"
#include "base/wakeable.hpp"
#include "gateway/component_cache.hpp"
#include "gateway/owner_queue.hpp"
#include "http/exchange.hpp"

namespace faasta::gateway {

/// Whether the code is being rebuilt now: the error is `rebuilding` without a detail. With a detail, the rebuilder
/// waits after a failed attempt.
[[nodiscard]] inline bool is_rebuild_under_way(const Error& error) noexcept {
  return error.code == Code::rebuilding && error.detail.empty();
}

/// Returns the component that a call needs, from the cache or by loading it. A component that loads quickly is loaded
/// on the event loop of the call. Any other component is loaded on the loader's thread, only once for all calls that
/// need it. On this thread, owners have turns. Any thread may use it.
class ComponentLoader {
 public:
  using Loaded = Result<ComponentCache::Component>;
  /// Loads a component. `at_once` is true on an event loop, which must not block. Then the result is null if loading
  /// would block.
  using Load = std::function<Loaded(const Sha256&, bool at_once)>;

  ComponentLoader(ComponentCache& cache, Load load) : cache_(cache), load_(std::move(load)) {}
  ComponentLoader(const ComponentLoader&) = delete;
  ComponentLoader& operator=(const ComponentLoader&) = delete;
  ~ComponentLoader();

  /// Sets `cold` to true if the component had to be loaded. If the code is being rebuilt, the call waits once for
  /// forget(). Fails with wall_limit if the exchange's deadline passes before the component is loaded, and with
  /// rebuilding if the deadline passes before the code is rebuilt.
  [[nodiscard]] Task<Loaded> get(Sha256 sha256, OwnerId owner, http::Exchange& exchange, bool& cold);
  /// Loads a component on the loader's thread, because a call will probably need it soon. Does nothing if the component
  /// is already loaded or being loaded.
  void prefetch(const Sha256& sha256, OwnerId owner);
  /// Call this after the code of `sha256` was compiled again. Later calls load the new code.
  void forget(const Sha256& sha256);

 private:
  /// A component that is being loaded.
  struct Pending {
    std::atomic<bool> done{false};
    std::optional<Loaded> result;    // written before `done`
    std::vector<WakeRef<>> waiting;  // protected by the mutex
    bool outdated = false;           // protected by the mutex; true if forget() was called during the load
  };

  /// The most calls that may wait for rebuilds. A waiting call holds its places, so further calls fail at once, and
  /// calls of other functions find places.
  static constexpr std::size_t kMostWaitForRebuilds = 128;
  /// Counts a call that waits.
  class WaitingForRebuild {
   public:
    explicit WaitingForRebuild(std::atomic<std::size_t>& count) : count_(count) { ++count_; }
    WaitingForRebuild(const WaitingForRebuild&) = delete;
    WaitingForRebuild& operator=(const WaitingForRebuild&) = delete;
    ~WaitingForRebuild() { --count_; }

   private:
    std::atomic<std::size_t>& count_;
  };

  /// Code that is being rebuilt.
  struct Rebuild {
    std::atomic<bool> done{false};
    std::vector<WakeRef<>> waiting;  // protected by the mutex
  };

  [[nodiscard]] Task<Loaded> load(const Sha256& sha256, OwnerId owner, http::Exchange& exchange);
  /// Returns null if too many calls wait already.
  [[nodiscard]] std::shared_ptr<Rebuild> join_rebuild(const Sha256& sha256, WakeRef<> waker);
  /// Wakes the calls that wait for this code.
  void end_rebuild(const Sha256& sha256);
  /// Returns the load of `sha256` that is under way, so that more calls can wait for it. Null if no load of `sha256` is
  /// under way.
  std::shared_ptr<Pending> pending(const Sha256& sha256);
  /// `waker`: wakes the call that waits; empty for a prefetch.
  std::shared_ptr<Pending> join_or_start(const Sha256& sha256, OwnerId owner, WakeRef<> waker);
  /// Runs the load whose turn it is.
  void run_next();
  void run(const Sha256& sha256, const std::shared_ptr<Pending>& pending);
  void take_evicted_down();

  ComponentCache& cache_;
  Load load_;
  std::atomic<std::size_t> waiting_for_rebuild_{0};
  std::mutex mutex_;
  std::unordered_map<Sha256, std::shared_ptr<Pending>, Sha256Hash> pending_;
  OwnerQueue<std::pair<Sha256, std::shared_ptr<Pending>>> queue_;  ///< protected by the mutex
  /// The code that calls wait for, until forget(). Protected by the mutex.
  std::unordered_map<Sha256, std::shared_ptr<Rebuild>, Sha256Hash> rebuilds_;
  asio::thread_pool thread_{1};  // one thread is enough, because registering code takes a lock of the whole process
};

}  // namespace faasta::gateway
