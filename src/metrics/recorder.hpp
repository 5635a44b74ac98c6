#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/clock.hpp"
#include "metrics/registry.hpp"
#include "store/count_store.hpp"

namespace faasta::metrics {

/// Keeps the counts of a registry in a store, so that they outlive the process: each 10 seconds, and when it stops.
/// What a crash loses is what was counted since. Nothing of it is on the way of a call.
class Recorder {
 public:
  Recorder(Registry& registry, store::CountStore& store);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Keeps what is there, and ends.
  void stop();

  struct Window {
    CallCounts counts;
    SystemTime begin;  ///< of what is counted: at `since` or, by the store's rows, somewhat before it
  };
  /// What was counted of a function since `since`, or ever if that is SystemTime{}. Waits for the disk.
  [[nodiscard]] Result<Window> read(FunctionId function, SystemTime since);
  /// Drops all counts of a deleted function. Waits for the disk.
  [[nodiscard]] Result<> forget(FunctionId function);

 private:
  struct Known {
    FunctionId function{};
    std::shared_ptr<CallMetrics> metrics;
    CallCounts kept{};  // what the store has of it
  };
  void run();
  void keep();

  Registry& registry_;
  store::CountStore& store_;
  const SystemTime started_ = system_now();
  std::mutex mutex_;  // over known_, also while the store writes
  // A function that lost its place in the registry and is called again has two.
  std::unordered_map<const CallMetrics*, Known> known_;
  bool failed_ = false;

  std::mutex stop_mutex_;
  std::condition_variable stop_wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace faasta::metrics
