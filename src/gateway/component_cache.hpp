#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/sha256.hpp"
#include "base/wakeable.hpp"
#include "engine/component.hpp"
#include "http/exchange.hpp"

namespace faasta::gateway {

/// The loaded components, bounded by bytes; what was not used for longest goes first. Functions with the same bytes
/// share one. What is quick to load is loaded where it is asked for; the rest on a thread of its own, once however many
/// ask. Any thread.
class ComponentCache {
 public:
  using Loaded = Result<std::shared_ptr<const engine::Component>>;
  /// Loads a component. `at_once`: on an event loop, which must not block; null if it would.
  using Load = std::function<Loaded(const Sha256&, bool at_once)>;

  ComponentCache(Load load, std::size_t most_bytes) : load_(std::move(load)), most_bytes_(most_bytes) {}

  /// The component, if it is loaded.
  [[nodiscard]] std::shared_ptr<const engine::Component> find(const Sha256& sha256);
  /// Loads it here if that is quick. Else another thread does, and this waits in the exchange's time: fails with
  /// wall_limit when its deadline passes.
  [[nodiscard]] Task<Loaded> load(Sha256 sha256, http::Exchange& exchange);
  /// Adds one that was loaded; the one that is there already stays, and comes back.
  std::shared_ptr<const engine::Component> keep(const Sha256& sha256,
                                                const std::shared_ptr<const engine::Component>& component);
  void forget(const Sha256& sha256);

  [[nodiscard]] std::size_t loaded() const;
  [[nodiscard]] std::size_t loaded_bytes() const;

 private:
  struct Entry {
    std::shared_ptr<const engine::Component> component;
    std::size_t bytes = 0;
    std::list<Sha256>::iterator used;
  };
  /// A load under way.
  struct Pending {
    std::atomic<bool> done{false};
    std::optional<Loaded> result;  // written before `done`
    std::vector<WakeRef<>> waiting;
  };

  void run(const Sha256& sha256, const std::shared_ptr<Pending>& pending);
  std::shared_ptr<const engine::Component> insert(const Sha256& sha256,
                                                  const std::shared_ptr<const engine::Component>& component);

  Load load_;
  std::size_t most_bytes_;
  mutable std::mutex mutex_;
  std::unordered_map<Sha256, Entry, Sha256Hash> entries_;
  std::unordered_map<Sha256, std::shared_ptr<Pending>, Sha256Hash> pending_;
  std::list<Sha256> recent_;
  std::size_t bytes_ = 0;
  /// Evicted, to be taken down by the loader's thread: some 10 us each, which no call should wait for.
  std::vector<std::shared_ptr<const engine::Component>> evicted_;
  asio::thread_pool loader_{1};  // one: registering code takes a process-wide lock anyway (performance reference 4.5)
};

}  // namespace faasta::gateway
