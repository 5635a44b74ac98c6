#pragma once
// The types of the values that the catalog's functions receive and return.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/rollout_plan.hpp"
#include "base/sha256.hpp"

namespace faasta::store {

/// The share of the calls that a rollout gives to its candidate.
struct RolloutShare {
  std::uint32_t candidate = 0;
  std::uint32_t per_mille = 0;
  Sticky sticky;
};

/// The data of a version that a request needs.
struct Deployed {
  FunctionId function;
  OwnerId owner{};
  std::uint32_t version = 0;
  Sha256 sha256;
  FunctionSettings settings;
  std::optional<RolloutShare> rollout{};  // NOLINT(readability-redundant-member-init): only of the live version
};

/// Why the live version of a function must stay.
struct Lock {
  std::string reason;
  SystemTime since;
};

/// Why the operator has suspended a function.
struct Suspension {
  std::string reason;  ///< callers see it
  SystemTime since;
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
  std::optional<Lock> lock{};  // NOLINT(readability-redundant-member-init): so that initializers may leave it out
  std::optional<Suspension> suspension{};  // NOLINT(readability-redundant-member-init)
};

struct VersionRecord {
  std::uint32_t number = 0;
  bool active = false;
  Sha256 sha256;
  std::uint64_t size = 0;
  std::uint64_t compiled_size = 0;
  SystemTime created;
  std::string message;
  bool was_live = true;              ///< whether the version is or was the active version
  std::vector<std::string> aliases;  ///< sorted
  std::string source{};              // NOLINT(readability-redundant-member-init): empty: unknown
};

/// An alias of a version, as its function shows it.
struct AliasRecord {
  std::string label;
  std::uint32_t version = 0;
};

/// A package from which a version was built, according to the dependency list in the component.
struct PackageRecord {
  std::string name;
  std::string version;
  std::string source;
};

/// A version that contains a package.
struct PackageUse {
  std::string function;
  std::string owner;  ///< the owner's login
  std::uint32_t number = 0;
  bool active = false;
  PackageRecord package;
};

/// The parts of a version that may differ from the parts of another one.
struct VersionContent {
  std::uint32_t number = 0;
  Sha256 sha256;
  std::uint64_t size = 0;
  std::vector<std::string> imports;
  FunctionSettings settings;
  std::vector<PackageRecord> packages;  ///< sorted by name and version
};

/// A static file of a function, as the catalog stores it. The manifest is one of the files.
struct StoredAsset {
  Sha256 sha256;
  std::uint64_t size = 0;

  bool operator==(const StoredAsset&) const = default;
};

/// The static files of a function.
struct FunctionAssets {
  bool has_manifest = false;       ///< whether a version has the manifest that was asked for
  std::vector<StoredAsset> files;  ///< of all versions, each once
};

/// The version that a deploy adds.
struct NewVersion {
  Sha256 sha256;
  std::uint64_t size = 0;
  std::uint64_t compiled_size = 0;
  std::vector<std::string> imports;
  FunctionSettings settings;
  std::string message;
  std::vector<PackageRecord>
      packages{};  // NOLINT(readability-redundant-member-init): so that initializers may leave it out
  /// The number of the version that the deploy replaces; 0: the function has no active version yet. If another version
  /// is active when the transaction begins, the deploy fails with conflict.
  std::optional<std::uint32_t> replaces{};  // NOLINT(readability-redundant-member-init)
  /// Whether the version becomes active. If not, it answers at the address of its number and of its alias only.
  bool activate = true;
  std::string alias{};   // NOLINT(readability-redundant-member-init): empty: none
  std::string source{};  // NOLINT(readability-redundant-member-init): where the code comes from; empty: unknown
  /// The files of the manifest that the settings name, with the manifest. Empty: a version of the function must already
  /// have this manifest; otherwise the deploy fails with assets_missing.
  std::vector<StoredAsset> assets{};  // NOLINT(readability-redundant-member-init)
};

/// The values of a function that the rules for a change need.
struct FunctionRow {
  FunctionId id{};
  OwnerId owner{};
  std::uint32_t active = 0;
  std::uint32_t next = 0;                    ///< the number that the next deployed version gets
  std::optional<std::string> lock_reason{};  // NOLINT(readability-redundant-member-init)
  bool suspended = false;
};

/// The values of a version that the rules for a change need.
struct VersionRow {
  std::uint32_t number = 0;
  Sha256 sha256;
  bool was_live = true;

  bool operator==(const VersionRow&) const = default;
};

/// The result of a change of the active version.
struct Activated {
  FunctionId function{};
  std::uint32_t version = 0;
  std::optional<std::uint32_t> previous;
  std::vector<Sha256>
      dropped;  ///< digests of the versions that were deleted; other functions may still use these digests
  std::vector<Sha256> dropped_assets{};  // NOLINT(readability-redundant-member-init): static files, likewise
};

}  // namespace faasta::store
