#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/places.hpp"
#include "base/rate_limiter.hpp"
#include "deploy/activation.hpp"
#include "deploy/order.hpp"
#include "deploy/staged_artifact.hpp"
#include "http/task.hpp"
#include "policy/policy.hpp"
#include "store/artifacts.hpp"
#include "store/catalog.hpp"

namespace faasta::deploy {

/// Returns the next bytes of a component. The bytes stay valid until the next call. Returns nothing when no bytes are
/// left.
using Source = std::function<Task<Result<std::optional<std::string_view>>>()>;
/// Sends a request to the new version with the digest `sha256`. Clients cannot reach this version yet. Fails with the
/// error that ended the request.
using Probe = std::function<Task<Result<>>(const Sha256& sha256)>;

/// Turns the uploaded bytes of a component into an active version. Any thread may use it. Blocking work runs on its own
/// pools, so an upload or a compile does not delay the rest of the API.
class Deployer {
 public:
  struct Parts {
    store::Catalog& catalog;
    store::Artifacts& artifacts;
    Compile compile;
    /// The deployer calls this function when the active version of a name has changed. The call is on a thread of a
    /// pool, before run() returns.
    std::function<void(std::string_view name)> changed;
  };
  struct Options {
    std::uint64_t component_bytes = 30U << 20U;  ///< the largest component
    unsigned at_once = 16;                       ///< most deploys at a time; a deploy counts after its upload
    unsigned at_once_per_owner = 16;  ///< most deploys of one owner at a time; a deploy counts from its first byte
    unsigned compiles_at_once = 1;
    store::Quota quota;  ///< the default quota, for owners without their own figures
    policy::Policy policy;
  };

  Deployer(Parts parts, Options options);

  [[nodiscard]] std::uint64_t component_bytes() const noexcept { return options_.component_bytes; }

  /// Runs one deploy, from its admission until the version is active. If the deploy fails, the active version does not
  /// change and no file of the deploy stays.
  [[nodiscard]] Task<Result<Outcome>> run(const Order& order, const Source& source, const Probe& probe);

 private:
  // These functions are the stages of a deploy, in order.
  [[nodiscard]] Task<Result<>> check_owner(const Order& order);
  [[nodiscard]] Result<> count_attempt(const Order& order);
  [[nodiscard]] Result<> check_size(const Order& order) const;
  [[nodiscard]] Task<Result<StagedArtifactPtr>> stage();
  [[nodiscard]] Task<Result<Outcome>> deploy_staged(const Order& order, StagedArtifact& staged, const Source& source,
                                                    const Probe& probe);
  [[nodiscard]] Task<Result<>> receive(StagedArtifact& staged, const Source& source);
  [[nodiscard]] Task<Result<Live>> find_live(const Order& order);
  [[nodiscard]] Task<bool> is_unchanged(const Order& order, const Live& live, const StagedArtifact& staged);
  [[nodiscard]] Task<Result<compile::Report>> compile(const Order& order, StagedArtifact& staged);
  [[nodiscard]] Task<Result<Activation>> activate(const Order& order, const StagedArtifact& staged,
                                                  compile::Report report);
  [[nodiscard]] Task<> collect(const std::vector<Sha256>& dropped);

  Parts parts_;
  const Options options_;
  RateLimiter attempts_;
  Places<OwnerId> owners_;  ///< counts the deploys of each owner
  Places<> all_;
  asio::thread_pool files_{2};    ///< writes uploads, and deletes unused files
  asio::thread_pool catalog_{2};  ///< reads the catalog, and waits for its commits
  asio::thread_pool compiling_;
};

}  // namespace faasta::deploy
