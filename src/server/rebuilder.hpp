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

/// Compiles components again whose compiled code is missing or altered: because of a crash, another Wasmtime, a bad
/// disk or a person who changed the data folder. One at a time, and each once however often it is requested. After a
/// failure it waits before it tries a component again, longer each time, so that others get their turn. Any thread.
class Rebuilder {
 public:
  /// `rebuilt` is called on the rebuilder's thread.
  Rebuilder(const engine::Engine& engine, store::Artifacts& artifacts, const compile::Compiler& compiler,
            const CallLimits& ceilings, CrashList crashes, std::function<void(const Sha256&)> rebuilt)
      : engine_(engine),
        artifacts_(artifacts),
        compiler_(compiler),
        ceilings_(ceilings),
        crashes_(std::move(crashes)),
        rebuilt_(std::move(rebuilt)) {}

  /// Takes the code out of use that ended the previous process. Call it before anything is served.
  void take_out_crashed();
  /// Requests a rebuild. An error: it is impossible, because the component itself is damaged, or it ended the process
  /// twice.
  std::optional<Error> ask(const Sha256& sha256);
  /// Whether a rebuild is under way or waits.
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
  asio::thread_pool pool_{1};
};

}  // namespace faasta::server
