#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/sha256.hpp"
#include "compile/compiler.hpp"
#include "http/task.hpp"
#include "server/crash_list.hpp"
#include "store/artifacts.hpp"

namespace faasta::server {

/// Compiles a component again if its compiled code is missing or altered. Possible causes are a crash, another version
/// of Wasmtime, a bad disk, or a person who changed the data folder. The rebuilder compiles one component at a time. It
/// compiles a component only once, even if many calls request it. After a failure, it waits before it compiles the
/// component again. The wait is longer after each failure, so that other components are not delayed. Any thread may use
/// it.
class Rebuilder {
 public:
  /// `rebuilt` is called on the rebuilder's thread after each rebuild. It is also called after a failed rebuild; then
  /// the calls that wait fail.
  Rebuilder(const engine::Engine& engine, store::Artifacts& artifacts, const compile::Compiler& compiler,
            const CallLimits& ceilings, CrashList crashes, std::function<void(const Sha256&)> rebuilt)
      : engine_(engine),
        artifacts_(artifacts),
        compiler_(compiler),
        ceilings_(ceilings),
        crashes_(std::move(crashes)),
        rebuilt_(std::move(rebuilt)) {}

  /// Renames the compiled code of the components that ended the previous process, so that this code is not used. Call
  /// this before any request is served.
  void take_out_crashed();
  /// Requests a rebuild of a component. Returns an error if the rebuild is impossible: the component itself is damaged,
  /// or it ended the process twice. While the rebuilder waits after a failure, returns the error rebuilding with a
  /// detail.
  std::optional<Error> ask(const Sha256& sha256);
  /// Compiles a component on this thread, before requests are served. Does nothing if the component ended the process
  /// twice. A failure is logged, and the next attempt waits, as after ask().
  void rebuild_now(const Sha256& sha256);
  /// Whether a rebuild runs or waits.
  [[nodiscard]] bool busy();

 private:
  /// A rebuild that is under way or has failed.
  struct Attempt {
    bool under_way = true;
    std::chrono::seconds pause{0};
    SteadyTime next;
    std::optional<Error> hopeless{};  // NOLINT(readability-redundant-member-init): this is an aggregate
  };
  static constexpr std::chrono::seconds kFirstPause{2};
  static constexpr std::chrono::seconds kLongestPause{600};

  void rebuild(const Sha256& sha256);

  const engine::Engine& engine_;
  store::Artifacts& artifacts_;
  const compile::Compiler& compiler_;
  CallLimits ceilings_;
  const CrashList crashes_;
  std::function<void(const Sha256&)> rebuilt_;
  std::mutex mutex_;
  std::unordered_map<Sha256, Attempt, Sha256Hash> attempts_;
  unsigned running_ = 0;  ///< calls of rebuild()
  asio::thread_pool pool_{1};
};

}  // namespace faasta::server
