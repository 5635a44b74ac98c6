#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "base/error.hpp"
#include "server/config.hpp"
#include "store/accounts.hpp"
#include "store/artifacts.hpp"
#include "store/audit_log.hpp"
#include "store/catalog.hpp"
#include "store/connections.hpp"
#include "store/count_store.hpp"
#include "store/cron_runs.hpp"
#include "store/log_store.hpp"
#include "store/releases.hpp"
#include "store/rollouts.hpp"
#include "store/trusts.hpp"

namespace faasta::server {

/// Everything that the server keeps in the data folder, except secrets and domains, which have parts of their own.
struct Stores {
  std::unique_ptr<store::Catalog> catalog;
  store::Releases releases;
  store::Rollouts rollouts;
  store::CronRuns cron;
  store::Trusts trusts;
  std::unique_ptr<store::Accounts> accounts;
  store::AuditLog audit;
  std::unique_ptr<store::Artifacts> artifacts;
  std::unique_ptr<store::LogStore> logs;
  std::unique_ptr<store::CountStore> counts;

  /// `engine`: the fingerprint of the engine, because each engine has its own compiled code.
  [[nodiscard]] static Result<Stores> open(const Config& config, const std::filesystem::path& data,
                                           const std::shared_ptr<store::Connections>& connections,
                                           std::string_view engine);
};

}  // namespace faasta::server
