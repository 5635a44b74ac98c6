#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/places.hpp"
#include "base/rate_limiter.hpp"
#include "deploy/activation.hpp"
#include "deploy/asset_uploads.hpp"
#include "deploy/order.hpp"
#include "deploy/owner_lines.hpp"
#include "deploy/staged_artifact.hpp"
#include "deploy/underway.hpp"
#include "http/task.hpp"
#include "policy/policy.hpp"
#include "store/artifacts.hpp"
#include "store/catalog.hpp"
#include "store/releases.hpp"

namespace faasta::deploy {

/// Returns the next bytes of a component. The bytes stay valid until the next call. Returns nothing when no bytes are
/// left.
using Source = std::function<Task<Result<std::optional<std::string_view>>>()>;
/// Sends a request to the new version with the digest `sha256`. Clients cannot reach this version yet. Fails with the
/// error that ended the request.
using Probe = std::function<Task<Result<>>(const Sha256& sha256)>;

/// Turns the uploaded bytes of a component into a version, which becomes the active one if the order says so. Any
/// thread may use it. Blocking work runs on its own pools, so an upload or a compile does not delay the rest of the
/// API.
class Deployer {
 public:
  struct Parts {
    store::Catalog& catalog;
    store::Releases& releases;
    store::Artifacts& artifacts;
    AssetUploads& assets;
    Compile compile;
    /// The deployer calls this function when the active version or an alias of a name has changed. The call is on a
    /// thread of a pool, before run() returns.
    std::function<void(std::string_view name)> changed;
    /// Returns the secrets that the settings require and that are not set. Called on a thread of a pool.
    std::function<Result<std::vector<std::string>>(OwnerId, const FunctionName&, const FunctionSettings&)>
        missing_secrets;
  };
  struct Options {
    std::uint64_t component_bytes = 30U << 20U;  ///< the largest component
    unsigned at_once = 16;            ///< most deploys at a time; a deploy counts when it may begin its compile
    unsigned at_once_per_owner = 16;  ///< most deploys of one owner at a time; a deploy counts from its first byte
    unsigned compiles_at_once = 1;
    /// Most compiles of one owner at a time. A deploy counts from its compile to its end, so that quotas that were
    /// checked before the compile are still right at the end.
    unsigned compiles_of_owner = 16;
    store::Quota quota;  ///< the default quota, for owners without their own figures
    policy::Policy policy;
  };

  /// The compiles of deploys.
  struct Compiles {
    unsigned waiting = 0;
    unsigned running = 0;
    std::chrono::microseconds used{};  ///< CPU time since the start
  };

  Deployer(Parts parts, Options options);

  /// The static files that come before a deploy.
  [[nodiscard]] AssetUploads& assets() noexcept { return parts_.assets; }
  [[nodiscard]] std::uint64_t component_bytes() const noexcept { return options_.component_bytes; }

  [[nodiscard]] Compiles compiles() const noexcept {
    return {waiting_.load(), running_.load(), std::chrono::microseconds(used_us_.load())};
  }

  /// Returns the deploys of a function that are under way.
  [[nodiscard]] std::vector<Underway::State> underway(OwnerId owner, std::string_view function) const {
    return underway_.of(owner, function);
  }

  /// Runs one deploy, from its admission until the version is active. If the deploy fails, the active version does not
  /// change and no file of the deploy stays.
  [[nodiscard]] Task<Result<Outcome>> run(const Order& order, const Source& source, const Probe& probe);

 private:
  // These functions are the stages of a deploy, in order.
  [[nodiscard]] Task<Result<>> check_owner(const Order& order);
  [[nodiscard]] Task<Result<>> check_secrets(const Order& order);
  [[nodiscard]] Task<Result<AssetUploads::Claim>> find_assets(const Order& order);
  [[nodiscard]] Result<> count_attempt(const Order& order);
  [[nodiscard]] Result<> check_compile_time(const Order& order);
  [[nodiscard]] Result<> check_size(const Order& order) const;
  [[nodiscard]] Task<Result<StagedArtifactPtr>> stage();
  [[nodiscard]] Task<Result<Outcome>> deploy_staged(const Order& order, StagedArtifact& staged, Underway::Deploy& state,
                                                    const AssetUploads::Claim& assets, const Source& source,
                                                    const Probe& probe);
  [[nodiscard]] Task<Result<>> receive(StagedArtifact& staged, const Source& source);
  [[nodiscard]] Task<Result<Live>> find_live(const Order& order);
  [[nodiscard]] Task<bool> is_unchanged(const Order& order, const Live& live, const StagedArtifact& staged);
  [[nodiscard]] Task<Result<>> name_live(const Order& order, const store::FunctionRecord& live);
  [[nodiscard]] Task<Result<compile::Report>> compile(const Order& order, StagedArtifact& staged,
                                                      Underway::Deploy& state);
  [[nodiscard]] Result<compile::Report> compile_now(const Order& order, StagedArtifact& staged,
                                                    Underway::Deploy& state);
  [[nodiscard]] Task<Result<Activation>> activate(const Order& order, const StagedArtifact& staged,
                                                  const AssetUploads::Claim& assets, compile::Report report);
  [[nodiscard]] Task<> collect(const store::Activated& done);
  [[nodiscard]] Task<Result<>> mend_assets(const Order& order, const AssetUploads::Claim& assets);
  void finish_upload(const Order& order);

  Parts parts_;
  const Options options_;
  RateLimiter attempts_;
  RateLimiter compile_time_;  ///< the CPU time of the compiles of each owner, in seconds
  std::atomic<unsigned> waiting_{0};
  std::atomic<unsigned> running_{0};
  std::atomic<std::int64_t> used_us_{0};
  Underway underway_;
  Places<OwnerId> owners_;  ///< counts the deploys of each owner
  Places<> all_;
  OwnerLines lines_;              ///< the deploys of each owner whose upload is complete
  asio::thread_pool files_{2};    ///< writes uploads, and deletes unused files
  asio::thread_pool catalog_{2};  ///< reads the catalog, and waits for its commits
  /// Compiles. Its queue serves the owners in turn, because each owner has at most compiles_of_owner jobs in it.
  asio::thread_pool compiling_;
};

}  // namespace faasta::deploy
