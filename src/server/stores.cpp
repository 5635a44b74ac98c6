#include "server/stores.hpp"

#include "base/propagate.hpp"
#include "metrics/call_counts.hpp"

namespace faasta::server {

Result<Stores> Stores::open(const Config& config, const std::filesystem::path& data,
                            const std::shared_ptr<store::Connections>& connections, std::string_view engine) {
  ASSIGN_OR_RETURN(auto catalog,
                   store::Catalog::open(
                       connections, config.single_owner() ? ReservedNames::needed : ReservedNames::among_strangers));
  ASSIGN_OR_RETURN(auto accounts, store::Accounts::open(connections));
  ASSIGN_OR_RETURN(auto artifacts, store::Artifacts::open(data, std::string(engine)));
  auto logs = store::LogStore::open_or_begin_anew(data / "logs.db", std::uint64_t{config.logs_mb} << 20U);
  ASSIGN_OR_RETURN(auto counts, store::CountStore::open(data / "metrics.db", metrics::add_stored));
  return Stores{std::move(catalog),
                store::Releases(connections),
                store::Rollouts(connections),
                store::CronRuns(connections),
                store::Trusts(connections),
                std::move(accounts),
                store::AuditLog(connections),
                std::move(artifacts),
                std::move(logs),
                std::move(counts)};
}

}  // namespace faasta::server
