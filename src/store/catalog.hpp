#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/function_name.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/sha256.hpp"
#include "store/quota.hpp"

namespace faasta::store {

struct Connections;

/// What a request needs to know of the version that answers it.
struct Deployed {
  FunctionId function;
  OwnerId owner{};
  std::uint32_t version = 0;
  Sha256 sha256;
  FunctionSettings settings;
};

struct FunctionRecord {
  std::string name;
  std::uint32_t version = 0;
  Sha256 sha256;
  std::uint64_t size = 0;
  std::uint64_t compiled_size = 0;
  std::uint32_t versions = 0;
  SystemTime created;
  SystemTime updated;
  std::vector<std::string> imports;
  FunctionSettings settings;
  FunctionId id{};
};

struct VersionRecord {
  std::uint32_t number = 0;
  bool active = false;
  Sha256 sha256;
  std::uint64_t size = 0;
  std::uint64_t compiled_size = 0;
  SystemTime created;
  std::string message;
};

/// A package that a version was built from, as its component says.
struct PackageRecord {
  std::string name;
  std::string version;
  std::string source;
};

/// A version that has a package in it.
struct PackageUse {
  std::string function;
  std::string owner;  ///< his login
  std::uint32_t number = 0;
  bool active = false;
  PackageRecord package;
};

/// What a deploy adds.
struct NewVersion {
  Sha256 sha256;
  std::uint64_t size = 0;
  std::uint64_t compiled_size = 0;
  std::vector<std::string> imports;
  FunctionSettings settings;
  std::string message;
  std::vector<PackageRecord> packages{};  // NOLINT(readability-redundant-member-init): initializers may leave it out
  /// The version that has to be the active one (0: none) when this one takes its place; else the deploy is a conflict.
  std::optional<std::uint32_t> replaces{};  // NOLINT(readability-redundant-member-init)
};

/// What a change of the active version did.
struct Activated {
  FunctionId function{};
  std::uint32_t version = 0;
  std::optional<std::uint32_t> previous;
  std::vector<Sha256> dropped;  ///< of versions that are no longer kept; others may still use them
};

/// What is deployed. Any thread; writes are one transaction each, with their row in the audit log, and durable when
/// they return. Whoever acts sees what is the actor's own; the operator acts as the owner.
class Catalog {
 public:
  /// `reserved`: the names that new functions may not have.
  [[nodiscard]] static Result<std::unique_ptr<Catalog>> open(std::shared_ptr<Connections> connections,
                                                             ReservedNames reserved = ReservedNames::among_strangers);
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // Of no owner: what serving requests needs.
  /// Fails with function_suspended if its owner is.
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
  struct Statements;
  Catalog(std::shared_ptr<Connections> connections, std::unique_ptr<Statements> statements);

  std::shared_ptr<Connections> connections_;
  std::unique_ptr<Statements> statements_;
  std::int64_t seen_data_version_ = 0;  // under the write mutex
};

}  // namespace faasta::store
