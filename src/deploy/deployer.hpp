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

/// Returns the next bytes of a component, which stay valid until the next call; nothing after the last ones.
using Source = std::function<Task<Result<std::optional<std::string_view>>>()>;
/// Sends a request to the version that is staged as `sha256`; clients cannot reach it yet. Fails with the error that
/// ended the request.
using Probe = std::function<Task<Result<>>(const Sha256& sha256)>;

/// Turns the uploaded bytes of a component into an active version. Any thread may use it. Blocking work runs on its own
/// pools, so an upload or a compile does not delay the rest of the API.
class Deployer {
 public:
  struct Parts {
    store::Catalog& catalog;
    store::Artifacts& artifacts;
    Compile compile;
    /// Called when the active version of a name has changed, on a pool's thread, before the deploy is answered.
    std::function<void(std::string_view name)> changed;
  };
  struct Options {
    std::uint64_t component_bytes = 30U << 20U;  ///< the largest component
    unsigned at_once = 16;                       ///< deploys at a time, counted after their upload
    unsigned at_once_per_owner = 16;             ///< deploys of one owner at a time, counted from their first byte
    unsigned compiles_at_once = 1;
    store::Quota quota;  ///< the quota of owners without their own figures
    policy::Policy policy;
  };

  Deployer(Parts parts, Options options);

  [[nodiscard]] std::uint64_t component_bytes() const noexcept { return options_.component_bytes; }

  /// Runs one deploy, from its admission until the version is active. If it fails, the active version is the same as
  /// before and no file is left.
  [[nodiscard]] Task<Result<Outcome>> run(const Order& order, const Source& source, const Probe& probe);

 private:
  // The stages, in order.
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
