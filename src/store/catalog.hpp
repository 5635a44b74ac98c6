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
#include "store/secret_records.hpp"

namespace faasta::store {

class Connections;

/// The functions and their versions. Any thread may use it. Each write is one transaction, which also appends to the
/// audit log, and is durable when the function returns. Functions with an `actor` find only the functions of the owner
/// that the actor names, even if the actor is the operator.
class Catalog {
 public:
  /// `reserved`: the names that new functions may not have.
  [[nodiscard]] static Result<std::unique_ptr<Catalog>> open(std::shared_ptr<Connections> connections,
                                                             ReservedNames reserved = ReservedNames::among_strangers);
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // The functions below are for serving requests. They work for any owner.
  /// Returns the version with this label (base/version_label); for an empty label, the active version. Event loops call
  /// this function. It does not wait for other users of the catalog. Fails with function_suspended if the function or
  /// its owner is suspended.
  [[nodiscard]] Result<std::optional<Deployed>> find(std::string_view name, std::string_view label);
  [[nodiscard]] Result<bool> uses(const Sha256& sha256);
  /// Whether any function has this static file.
  [[nodiscard]] Result<bool> uses_asset(const Sha256& sha256);
  /// Visits the names of all functions.
  [[nodiscard]] Result<> for_each_name(const std::function<void(std::string_view)>& visit);
  /// For the operator's commands. Fails with function_not_found.
  [[nodiscard]] Result<OwnerId> owner_of(const FunctionName& name);

  /// Visits every version, of any owner, that contains the package `name`, sorted by function and number. Ignores case
  /// and treats `-` like `_`.
  [[nodiscard]] Result<> for_each_use(std::string_view name, const std::function<void(const PackageUse&)>& visit);

  // The functions below work for one owner. They do not find the functions of other owners.
  /// Returns at most `most` functions, sorted by name, starting after the name `after`. A list is read in pages, so
  /// that a long list does not block the catalog.
  [[nodiscard]] Result<std::vector<FunctionRecord>> functions(OwnerId owner, std::string_view after,
                                                              std::uint32_t most);
  /// Like functions(), but only those whose names contain `part`.
  [[nodiscard]] Result<std::vector<FunctionRecord>> functions_with(OwnerId owner, std::string_view part,
                                                                   std::string_view after, std::uint32_t most);
  [[nodiscard]] Result<FunctionRecord> function(OwnerId owner, const FunctionName& name);
  /// Returns the versions, the newest version first.
  [[nodiscard]] Result<std::vector<VersionRecord>> versions(OwnerId owner, const FunctionName& name);
  /// Checks whether the owner may deploy `name`. `activate`: whether the new version becomes active. Fails with
  /// name_taken, function_locked or the error code of a quota; with function_not_found for a first version that does
  /// not become active. `defaults`: the default quota, for owners without their own figures.
  [[nodiscard]] Result<> may_deploy(OwnerId owner, const FunctionName& name, bool activate, const Quota& defaults);
  [[nodiscard]] Result<Activated> deploy(const Actor& actor, const FunctionName& name, const NewVersion& version,
                                         const Quota& defaults);
  /// Returns the static files that the function has, and whether one of its versions has this manifest. A function that
  /// does not exist has none. Fails with name_taken.
  [[nodiscard]] Result<FunctionAssets> assets(OwnerId owner, const FunctionName& name, const Sha256& manifest);
  /// Checks whether the owner may store `bytes` more. Fails with quota_assets.
  [[nodiscard]] Result<> may_store(OwnerId owner, std::uint64_t bytes, const Quota& defaults);
  /// Returns the content of a version. Fails with version_not_found.
  [[nodiscard]] Result<VersionContent> content(OwnerId owner, const FunctionName& name, std::uint32_t version);
  /// Returns the version that a rollback without a number would make active. Fails with nothing_to_roll_back.
  [[nodiscard]] Result<std::uint32_t> rollback_target(OwnerId owner, const FunctionName& name);
  /// Makes `version` active. If `version` is empty, chooses the newest stored version that is older than the active
  /// version and was active.
  [[nodiscard]] Result<Activated> roll_back(const Actor& actor, const FunctionName& name,
                                            std::optional<std::uint32_t> version);
  /// Deletes the function. `dropped` in the result has the digests that the function used. The name stays reserved for
  /// the function's owner for 30 days.
  [[nodiscard]] Result<Activated> remove(const Actor& actor, const FunctionName& name);
  /// Seals a stored secret again for the new owner of its function. It is called inside the transaction.
  using Reseal = std::function<Result<SealedSecret>(const SealedSecret&)>;
  /// Gives the function, with its versions and logs, to another owner. With `reseal`, the function's secrets go with
  /// it, and replace those that the other owner has prepared for this name. Without it, they are deleted.
  [[nodiscard]] Result<> transfer(const Actor& actor, const FunctionName& name, OwnerId to, const Reseal& reseal = {});

  /// For the operator: the function answers its callers with the reason until resume(), and its owner cannot delete it.
  [[nodiscard]] Result<> suspend(const Actor& actor, const FunctionName& name, std::string_view reason);
  /// Does nothing if the function is not suspended.
  [[nodiscard]] Result<> resume(const Actor& actor, const FunctionName& name);

  /// Whether another process, such as `faastad admin`, has changed the file since the last call of this function.
  [[nodiscard]] Result<bool> changed_outside();

 private:
  Catalog(std::shared_ptr<Connections> connections, ReservedNames reserved)
      : connections_(std::move(connections)), reserved_(reserved) {}

  std::shared_ptr<Connections> connections_;
  ReservedNames reserved_;
  std::atomic<std::int64_t> seen_commits_{0};  // the result of Connections::commits_of_others() at the last call
};

}  // namespace faasta::store
