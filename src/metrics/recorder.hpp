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

/// Copies the counts of a registry to a store every 10 seconds and when the server stops, so that the counts survive a
/// restart of the process. A crash loses the counts since the last copy. Calls never wait for the recorder.
class Recorder {
 public:
  Recorder(Registry& registry, store::CountStore& store);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Copies the current counts and ends the thread.
  void stop();

  struct Window {
    CallCounts counts;
    SystemTime begin;  ///< when the counts begin: at `since`, or earlier at the beginning of a row of the store
  };
  /// Returns the counts of a function since `since`; SystemTime{} means all counts. Waits for the disk.
  [[nodiscard]] Result<Window> read(FunctionId function, SystemTime since);
  /// Drops all counts of a deleted function. Waits for the disk.
  [[nodiscard]] Result<> forget(FunctionId function);

 private:
  struct Known {
    FunctionId function{};
    std::shared_ptr<CallMetrics> metrics;
    CallCounts kept{};  // the counts that the store already has
  };
  void run();
  void keep();

  Registry& registry_;
  store::CountStore& store_;
  const SystemTime started_ = system_now();
  std::mutex mutex_;  // protects known_; also held while the store writes
  // The key is not the FunctionId, because a function can have two entries: the registry can drop a function that is
  // called again later.
  std::unordered_map<const CallMetrics*, Known> known_;
  bool failed_ = false;

  std::mutex stop_mutex_;
  std::condition_variable stop_wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace faasta::metrics
