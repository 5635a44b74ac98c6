#pragma once

#include <functional>
#include <stop_token>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "engine/engine.hpp"
#include "server/runtimes.hpp"
#include "store/artifacts.hpp"
#include "store/audit_log.hpp"
#include "store/catalog.hpp"

namespace faasta::server {

/// The work of the server's background thread: it compares compiled files with their seals, and deletes files that no
/// version uses. It has the language runtimes compiled. It also notices changes of the catalog by `faastad admin` or by
/// another server of the same data folder.
class Upkeep {
 public:
  struct Parts {
    const engine::Engine& engine;
    store::Artifacts& artifacts;
    Runtimes& runtimes;
    store::Catalog& catalog;
    const store::AuditLog& audit;
    std::function<std::optional<Error>(const Sha256&)> rebuild;  ///< see Rebuilder::ask()
    std::function<void()> forget_routes;                         ///< the catalog has changed
    std::function<void()> drop_idle_uploads;
  };

  explicit Upkeep(Parts parts) : parts_(std::move(parts)) {}

  /// Does the work until `stop` is requested. Changes of the catalog take effect within half a second.
  void run(const std::stop_token& stop);

 private:
  void check_cached(const std::stop_token& stop);
  void notice_changes();
  [[nodiscard]] bool operator_deleted();
  void collect() { parts_.artifacts.collect_all(parts_.catalog); }

  Parts parts_;
  std::int64_t seen_audit_row_ = 0;
};

}  // namespace faasta::server
