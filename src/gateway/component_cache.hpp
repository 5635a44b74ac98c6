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
/// share one. A component that is not loaded is loaded on a thread of its own, once however many ask. Any thread.
class ComponentCache {
 public:
  using Loaded = Result<std::shared_ptr<const engine::Component>>;
  using Load = std::function<Loaded(const Sha256&)>;

  ComponentCache(Load load, std::size_t most_bytes) : load_(std::move(load)), most_bytes_(most_bytes) {}

  /// The component, if it is loaded.
  [[nodiscard]] std::shared_ptr<const engine::Component> find(const Sha256& sha256);
  /// Waits until it is loaded, in the exchange's time: fails with wall_limit when its deadline passes.
  [[nodiscard]] Task<Loaded> load(Sha256 sha256, http::Exchange& exchange);
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
  void insert(const Sha256& sha256, const std::shared_ptr<const engine::Component>& component);

  Load load_;
  std::size_t most_bytes_;
  mutable std::mutex mutex_;
  std::unordered_map<Sha256, Entry, Sha256Hash> entries_;
  std::unordered_map<Sha256, std::shared_ptr<Pending>, Sha256Hash> pending_;
  std::list<Sha256> recent_;
  std::size_t bytes_ = 0;
  asio::thread_pool loader_{1};  // one: registering code takes a process-wide lock anyway (performance reference 4.5)
};

}  // namespace faasta::gateway
