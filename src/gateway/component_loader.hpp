#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "base/wakeable.hpp"
#include "gateway/component_cache.hpp"
#include "http/exchange.hpp"

namespace faasta::gateway {

/// Gives calls their components, from the cache or by loading. A component that loads quickly is loaded on the event
/// loop of the call. Any other component is loaded on the loader's thread, only once for all calls that need it. Any
/// thread may use it.
class ComponentLoader {
 public:
  using Loaded = Result<ComponentCache::Component>;
  /// Loads a component. `at_once`: the caller is an event loop and must not block; null if loading would block.
  using Load = std::function<Loaded(const Sha256&, bool at_once)>;

  ComponentLoader(ComponentCache& cache, Load load) : cache_(cache), load_(std::move(load)) {}
  ComponentLoader(const ComponentLoader&) = delete;
  ComponentLoader& operator=(const ComponentLoader&) = delete;
  ~ComponentLoader();

  /// `cold`: whether the component had to be loaded. Fails with wall_limit when the exchange's deadline passes first.
  [[nodiscard]] Task<Loaded> get(Sha256 sha256, http::Exchange& exchange, bool& cold);
  /// Loads a component on the loader's thread, because a call will probably need it soon. Does nothing if the component
  /// is already loaded or being loaded.
  void prefetch(const Sha256& sha256);
  /// Call it after the code of `sha256` was compiled again. Later calls load the new code.
  void forget(const Sha256& sha256);

 private:
  /// A component that is being loaded.
  struct Pending {
    std::atomic<bool> done{false};
    std::optional<Loaded> result;    // written before `done`
    std::vector<WakeRef<>> waiting;  // protected by the mutex
    bool outdated = false;           // protected by the mutex; true if forget() was called during the load
  };

  /// Returns the pending load of `sha256`, so that a later call can wait for it too; null if there is none.
  std::shared_ptr<Pending> pending(const Sha256& sha256);
  /// `waker`: wakes the call that waits; empty for a prefetch.
  std::shared_ptr<Pending> join_or_start(const Sha256& sha256, WakeRef<> waker);
  void run(const Sha256& sha256, const std::shared_ptr<Pending>& pending);
  void take_evicted_down();

  ComponentCache& cache_;
  Load load_;
  std::mutex mutex_;
  std::unordered_map<Sha256, std::shared_ptr<Pending>, Sha256Hash> pending_;
  asio::thread_pool thread_{1};  // one thread, because registering code takes a lock of the whole process anyway
};

}  // namespace faasta::gateway
