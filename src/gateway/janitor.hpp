#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>

#include "engine/engine.hpp"
#include "gateway/asset_server.hpp"
#include "gateway/call_log.hpp"
#include "gateway/component_cache.hpp"
#include "gateway/known_names.hpp"
#include "gateway/owner_share.hpp"
#include "gateway/route_cache.hpp"
#include "gateway/turnstiles.hpp"

namespace faasta::gateway {

/// Regularly frees the memory of functions that are not called any more, on its own thread. So an idle function needs
/// no memory, but only its row and its files.
class Janitor {
 public:
  struct Parts {
    ComponentCache& components;
    AssetServer& assets;
    RouteCache& routes;
    Turnstiles& turnstiles;
    OwnerShares& shares;
    LogWriter& logs;
    KnownNames& names;
    std::shared_ptr<const engine::Engine> engine;
  };

  /// Frees memory once per `period`, until the janitor is destroyed.
  Janitor(Parts parts, std::chrono::milliseconds period);

 private:
  void run(const std::stop_token& stop, std::chrono::milliseconds period);
  void sweep();

  Parts parts_;
  std::uint64_t evictions_ = 0;  // number of evicted components at the last sweep
  std::jthread thread_;
};

}  // namespace faasta::gateway
