#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "metrics/registry.hpp"
#include "store/count_lock.hpp"
#include "store/count_store.hpp"

namespace faasta::metrics {

/// Copies the counts of a registry to a store: every 10 seconds, and when the server stops. So the counts survive a
/// restart of the process. A crash loses the counts since the last copy. Calls never wait for the recorder.
///
/// While a server takes over from another, the counts of a function are in three places: in the store, and in both
/// servers. So that the figures of a function never go back, a reader of the new server waits until the old one has
/// stored its counts, at most `kMostWait`. The old server stores them when it stops accepting connections, and from
/// then on every second.
class Recorder {
 public:
  static constexpr std::chrono::seconds kMostWait{1};

  Recorder(Registry& registry, store::CountStore& store, store::CountLock lock);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Call this when the server stops accepting connections. Stores the current counts; the server that takes over may
  /// show them from now on.
  void hand_over();
  /// Copies the current counts and ends the thread.
  void stop();

  struct Window {
    CallCounts counts;
    SystemTime begin;  ///< when the counts begin: at `since`, or earlier at the beginning of a row of the store
  };
  /// Returns the counts of a function since `since`; SystemTime{} means all counts. Waits for the disk.
  [[nodiscard]] Result<Window> read(FunctionId function, SystemTime since);
  /// Returns the counts of each minute since `since` in which the function was called, oldest first, at most of the
  /// last three hours. The newest counts may be missing for 10 seconds. Waits for the disk.
  [[nodiscard]] Result<std::vector<Window>> minutes(FunctionId function, SystemTime since);
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
  void wait_for_the_server_before();

  Registry& registry_;
  store::CountStore& store_;
  const SystemTime started_ = system_now();
  std::mutex mutex_;  // protects known_; also held while the store writes
  // The key is not the FunctionId, because a function can have two entries: the registry can drop a function that is
  // called again later.
  std::unordered_map<const CallMetrics*, Known> known_;
  bool failed_ = false;

  std::mutex state_mutex_;  // protects the members up to thread_
  std::condition_variable state_changed_;
  store::CountLock lock_;
  bool has_lock_;             // then no other server has counts that are not in the store
  bool handed_over_ = false;  // the lock was released
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace faasta::metrics
