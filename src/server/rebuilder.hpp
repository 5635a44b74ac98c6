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

/// Compiles again what is missing or altered: code that a crash, another Wasmtime, a disk or a hand in the data folder
/// took away. One at a time, each once however often it is asked for; one that failed is left alone for a while, and
/// longer each time, so that requests to it do not keep the others waiting. Any thread.
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

  /// Takes the code out of use that ended the process before this one, to be called before anything is served.
  void take_out_crashed();
  /// An error: it cannot be done, since the component itself is damaged, or ended the process twice.
  std::optional<Error> ask(const Sha256& sha256);
  /// Whether anything is under way or waits its turn.
  [[nodiscard]] bool busy();

 private:
  /// The state of what is being rebuilt, or failed.
  struct Attempt {
    bool under_way = true;
    std::chrono::seconds pause{0};
    SteadyTime next;
    std::optional<Error> hopeless{};  // NOLINT(readability-redundant-member-init): an aggregate
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
