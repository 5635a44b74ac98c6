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

/// Where the bytes of a component come from: the next of them, which stay until the next call. Nothing: these were all.
/// more.
using Source = std::function<Task<Result<std::optional<std::string_view>>>()>;
/// Whether the version that is staged as `sha256` answers a request, while nobody else can send it one. Fails with what
/// ended the request.
using Probe = std::function<Task<Result<>>(const Sha256& sha256)>;

/// Turns the bytes of a stranger into a version that answers. Any thread: what blocks runs on pools of its own, so that
/// nobody's upload or compile keeps the rest of the API waiting.
class Deployer {
 public:
  struct Parts {
    store::Catalog& catalog;
    store::Artifacts& artifacts;
    Compile compile;
    /// The active version of a name changed. Called before the deploy is answered, on a thread of a pool.
    std::function<void(std::string_view name)> changed;
  };
  struct Options {
    std::uint64_t component_bytes = 30U << 20U;  ///< the largest component
    unsigned at_once = 16;                       ///< deploys whose component has arrived
    unsigned at_once_per_owner = 16;             ///< deploys of one owner, from their first byte on
    unsigned compiles_at_once = 1;
    store::Quota quota;  ///< of an owner without figures of their own
    policy::Policy policy;
  };

  Deployer(Parts parts, Options options);

  [[nodiscard]] std::uint64_t component_bytes() const noexcept { return options_.component_bytes; }

  /// One deploy, from its admission to the moment when the version serves. When it returns an error, the active version
  /// is the one that it was before, and no file is left.
  [[nodiscard]] Task<Result<Outcome>> run(const Order& order, const Source& source, const Probe& probe);

 private:
  // The stages, in their order.
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
  Places<OwnerId> owners_;  ///< of the deploys of each owner
  Places<> all_;
  asio::thread_pool files_{2};    ///< writes uploads, and deletes what is not used
  asio::thread_pool catalog_{2};  ///< asks the catalog, and waits for its commits
  asio::thread_pool compiling_;
};

}  // namespace faasta::deploy
