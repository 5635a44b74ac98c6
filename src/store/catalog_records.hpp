#pragma once
// What the catalog says of functions, and what it is told.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/sha256.hpp"

namespace faasta::store {

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

/// A function as a change of it finds it.
struct FunctionRow {
  FunctionId id{};
  OwnerId owner{};
  std::uint32_t active = 0;
  std::uint32_t next = 0;  ///< the number of the version that is deployed next
};

/// A version as a change of its function finds it.
struct VersionRow {
  std::uint32_t number = 0;
  Sha256 sha256;

  bool operator==(const VersionRow&) const = default;
};

/// What a change of the active version did.
struct Activated {
  FunctionId function{};
  std::uint32_t version = 0;
  std::optional<std::uint32_t> previous;
  std::vector<Sha256> dropped;  ///< of versions that are no longer kept; others may still use them
};

}  // namespace faasta::store
