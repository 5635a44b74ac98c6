#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
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

/// How much stays loaded, and for how long without a call.
struct LoadedBounds {
  std::size_t bytes = std::size_t{1} << 30U;
  std::size_t components = 10'000;
  std::chrono::milliseconds idle{60'000};
};

/// The loaded components, bounded by bytes and number; what was not used for longest goes first, and what was not used
/// for long goes anyway. Functions with the same bytes share one. What is quick to load is loaded where it is asked
/// for; the rest on a thread of its own, once however many ask. Any thread.
class ComponentCache {
 public:
  using Loaded = Result<std::shared_ptr<const engine::Component>>;
  /// Loads a component. `at_once`: on an event loop, which must not block; null if it would.
  using Load = std::function<Loaded(const Sha256&, bool at_once)>;

  /// `swept` is called after each sweep, on the loader's thread: with whether any component went.
  ComponentCache(Load load, const LoadedBounds& bounds, std::function<void(bool)> swept);
  ComponentCache(const ComponentCache&) = delete;
  ComponentCache& operator=(const ComponentCache&) = delete;
  ~ComponentCache();

  /// The component, if it is loaded.
  [[nodiscard]] std::shared_ptr<const engine::Component> find(const Sha256& sha256);
  /// Loads it here if that is quick. Else another thread does, and this waits in the exchange's time: fails with
  /// wall_limit when its deadline passes.
  [[nodiscard]] Task<Loaded> load(Sha256 sha256, http::Exchange& exchange);
  /// Adds one that was loaded; the one that is there already stays, and comes back.
  std::shared_ptr<const engine::Component> keep(const Sha256& sha256,
                                                const std::shared_ptr<const engine::Component>& component);
  void forget(const Sha256& sha256);
  /// Evicts some that are not being used: the machine has no room for more.
  void make_room();

  /// So many sweeps see a component unused before it goes: `idle` has four times the time between two.
  static constexpr std::uint64_t kIdleSweeps = 4;

  [[nodiscard]] std::size_t loaded() const;
  [[nodiscard]] std::size_t loaded_bytes() const;

 private:
  struct Entry {
    std::shared_ptr<const engine::Component> component;
    std::size_t bytes = 0;
    std::list<Sha256>::iterator used;
    std::uint64_t used_in = 0;  ///< `sweeps_` at the last use
  };
  using Evicted = std::vector<std::shared_ptr<const engine::Component>>;
  /// A load under way.
  struct Pending {
    std::atomic<bool> done{false};
    std::optional<Loaded> result;  // written before `done`
    std::vector<WakeRef<>> waiting;
  };

  /// Whether the other thread loads it already, so that those who come meanwhile need not try.
  [[nodiscard]] bool is_pending(const Sha256& sha256) const;
  void run(const Sha256& sha256, const std::shared_ptr<Pending>& pending);
  std::shared_ptr<const engine::Component> insert(const Sha256& sha256,
                                                  const std::shared_ptr<const engine::Component>& component);
  std::shared_ptr<const engine::Component> use(Entry& entry);
  /// Takes the one out that was not used for longest, unless it is being used: then that is a use.
  void evict_last(Evicted& evicted);
  void sweep_later();
  void sweep();

  Load load_;
  LoadedBounds bounds_;
  std::function<void(bool)> swept_;
  mutable std::mutex mutex_;
  std::unordered_map<Sha256, Entry, Sha256Hash> entries_;
  std::unordered_map<Sha256, std::shared_ptr<Pending>, Sha256Hash> pending_;
  std::list<Sha256> recent_;
  std::size_t bytes_ = 0;
  /// Evicted, to be taken down by the loader's thread: some 10 us each, which no call should wait for.
  Evicted evicted_;
  std::uint64_t sweeps_ = 0;
  bool dropped_ = false;         ///< anything, since the last sweep
  asio::thread_pool loader_{1};  // one: registering code takes a process-wide lock anyway
  asio::steady_timer timer_{loader_};
};

}  // namespace faasta::gateway
