#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/function_name.hpp"
#include "base/ids.hpp"
#include "base/sha256.hpp"
#include "store/catalog_records.hpp"
#include "store/quota.hpp"

namespace faasta::store {

class Connections;

/// What is deployed. Any thread; writes are one transaction each, with their row in the audit log, and durable when
/// they return. Whoever acts sees what is the actor's own; the operator acts as the owner.
class Catalog {
 public:
  /// `reserved`: the names that new functions may not have.
  [[nodiscard]] static Result<std::unique_ptr<Catalog>> open(std::shared_ptr<Connections> connections,
                                                             ReservedNames reserved = ReservedNames::among_strangers);
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // Of no owner: what serving requests needs.
  /// For event loops: it waits for no other use of the catalog. Fails with function_suspended if its owner is.
  [[nodiscard]] Result<std::optional<Deployed>> find(std::string_view name, std::optional<std::uint32_t> version);
  [[nodiscard]] Result<bool> uses(const Sha256& sha256);
  /// For the operator. Fails with function_not_found.
  [[nodiscard]] Result<OwnerId> owner_of(const FunctionName& name);

  /// Every version of anybody that has the package `name` in it, `-` for `_` and whatever the case; by function and
  /// number.
  [[nodiscard]] Result<> for_each_use(std::string_view name, const std::function<void(const PackageUse&)>& visit);

  // Of one owner: what belongs to others is not there.
  /// By name, those behind `after`, at most `most` of them: a list must not hold the catalog for as long as it is.
  [[nodiscard]] Result<std::vector<FunctionRecord>> functions(OwnerId owner, std::string_view after,
                                                              std::uint32_t most);
  [[nodiscard]] Result<FunctionRecord> function(OwnerId owner, const FunctionName& name);
  /// Newest first.
  [[nodiscard]] Result<std::vector<VersionRecord>> versions(OwnerId owner, const FunctionName& name);
  /// Fails with name_taken or a quota's code if `name` could not be deployed. `defaults`: without the owner's own
  /// figures.
  [[nodiscard]] Result<> may_deploy(OwnerId owner, const FunctionName& name, const Quota& defaults);
  [[nodiscard]] Result<Activated> deploy(const Actor& actor, const FunctionName& name, const NewVersion& version,
                                         const Quota& defaults);
  /// To `version`, or to the newest kept one before the active one.
  [[nodiscard]] Result<Activated> roll_back(const Actor& actor, const FunctionName& name,
                                            std::optional<std::uint32_t> version);
  /// What it used comes back as `dropped`; the name stays with its owner for 30 days.
  [[nodiscard]] Result<Activated> remove(const Actor& actor, const FunctionName& name);
  /// Gives the function, with its versions and logs, to another owner.
  [[nodiscard]] Result<> transfer(const Actor& actor, const FunctionName& name, OwnerId to);

  /// Whether the file was changed by somebody else, such as `faastad admin`, since this was asked last.
  [[nodiscard]] Result<bool> changed_outside();

 private:
  Catalog(std::shared_ptr<Connections> connections, ReservedNames reserved)
      : connections_(std::move(connections)), reserved_(reserved) {}

  std::shared_ptr<Connections> connections_;
  ReservedNames reserved_;
  std::atomic<std::int64_t> seen_commits_{0};  // of others, when it was asked last
};

}  // namespace faasta::store
