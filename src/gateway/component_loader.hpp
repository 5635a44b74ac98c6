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

/// Gives calls their components: out of the cache, or loaded. A component that is quick to load is loaded on the event
/// loop that asks for it; another one on the loader's thread, once however many calls ask. Any thread.
class ComponentLoader {
 public:
  using Loaded = Result<ComponentCache::Component>;
  /// Loads a component. `at_once`: on an event loop, which must not block; null if it would.
  using Load = std::function<Loaded(const Sha256&, bool at_once)>;

  ComponentLoader(ComponentCache& cache, Load load) : cache_(cache), load_(std::move(load)) {}
  ComponentLoader(const ComponentLoader&) = delete;
  ComponentLoader& operator=(const ComponentLoader&) = delete;
  ~ComponentLoader();

  /// `cold`: whether it had to be loaded. Waits in the exchange's time: fails with wall_limit when its deadline passes.
  [[nodiscard]] Task<Loaded> get(Sha256 sha256, http::Exchange& exchange, bool& cold);
  /// The compiled code of `sha256` was written anew: calls that come after this run on the new one.
  void forget(const Sha256& sha256);

 private:
  /// A load under way.
  struct Pending {
    std::atomic<bool> done{false};
    std::optional<Loaded> result;    // written before `done`
    std::vector<WakeRef<>> waiting;  // under the mutex
    bool outdated = false;           // under the mutex: its code was forgotten meanwhile
  };

  /// The load under way, so that calls that come meanwhile need not try; null if there is none.
  std::shared_ptr<Pending> pending(const Sha256& sha256);
  std::shared_ptr<Pending> join_or_start(const Sha256& sha256, WakeRef<> waker);
  void run(const Sha256& sha256, const std::shared_ptr<Pending>& pending);
  void take_evicted_down();

  ComponentCache& cache_;
  Load load_;
  std::mutex mutex_;
  std::unordered_map<Sha256, std::shared_ptr<Pending>, Sha256Hash> pending_;
  asio::thread_pool thread_{1};  // one: registering code takes a process-wide lock anyway
};

}  // namespace faasta::gateway
