#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/function_name.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/sha256.hpp"

namespace faasta::store {

/// What a request needs to know of the version that answers it.
struct Deployed {
  FunctionId function;
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

/// What a deploy adds.
struct NewVersion {
  Sha256 sha256;
  std::uint64_t size = 0;
  std::uint64_t compiled_size = 0;
  std::vector<std::string> imports;
  FunctionSettings settings;
  std::string message;
};

struct Quota {
  std::uint32_t functions = 10;
  std::uint32_t kept_versions = 10;
};

/// What a change of the active version did.
struct Activated {
  FunctionId function{};
  std::uint32_t version = 0;
  std::optional<std::uint32_t> previous;
  std::vector<Sha256> dropped;  ///< of versions that are no longer kept; others may still use them
};

/// What is deployed: all SQL is behind this. Any thread; writes are one transaction each and durable when they return.
class Catalog {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Catalog>> open(const std::filesystem::path& file);
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // Of no owner: what serving requests needs.
  [[nodiscard]] Result<std::optional<Deployed>> find(std::string_view name, std::optional<std::uint32_t> version);
  [[nodiscard]] Result<bool> uses(const Sha256& sha256);
  /// Every component that some version uses, each once.
  [[nodiscard]] Result<> for_each_component(const std::function<void(const Sha256&)>& visit);

  // Of one owner: what belongs to others is not there.
  [[nodiscard]] Result<std::vector<FunctionRecord>> functions(OwnerId owner);
  [[nodiscard]] Result<FunctionRecord> function(OwnerId owner, const FunctionName& name);
  /// Newest first.
  [[nodiscard]] Result<std::vector<VersionRecord>> versions(OwnerId owner, const FunctionName& name);
  /// Fails with name_taken or quota_functions if `name` could not be deployed.
  [[nodiscard]] Result<> may_deploy(OwnerId owner, const FunctionName& name, const Quota& quota);
  [[nodiscard]] Result<Activated> deploy(OwnerId owner, const FunctionName& name, const NewVersion& version,
                                         const Quota& quota);
  /// To `version`, or to the newest kept one before the active one.
  [[nodiscard]] Result<Activated> roll_back(OwnerId owner, const FunctionName& name,
                                            std::optional<std::uint32_t> version);
  /// What it used comes back as `dropped`; the name stays with its owner for 30 days.
  [[nodiscard]] Result<Activated> remove(OwnerId owner, const FunctionName& name);

  /// The owner of a token that is neither revoked nor expired.
  [[nodiscard]] Result<std::optional<OwnerId>> token_owner(const Sha256& token_hash);
  [[nodiscard]] Result<> add_token(const Sha256& token_hash, OwnerId owner, std::string_view scope);
  [[nodiscard]] Result<bool> has_tokens();

 private:
  struct Statements;
  explicit Catalog(std::unique_ptr<Statements> statements);

  // Reads have a connection of their own, so that none waits for a commit that waits for the disk.
  std::mutex write_mutex_;
  std::mutex read_mutex_;
  std::unique_ptr<Statements> statements_;
};

}  // namespace faasta::store
