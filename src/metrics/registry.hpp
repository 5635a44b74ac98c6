#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "metrics/call_metrics.hpp"

namespace faasta::metrics {

/// The counts of the functions that were called since the process started, and of all calls together. The size is
/// limited: the functions that were not called for the longest time are dropped. Any thread may use it.
class Registry {
 public:
  /// `labels`: how many functions get a label of their own in /metrics. The functions that are called first get a
  /// label, and keep it until they are deleted. The counts of all other functions are summed.
  explicit Registry(std::size_t labels) : labels_(labels) {}

  [[nodiscard]] std::shared_ptr<CallMetrics> of(FunctionId function, std::string_view name, OwnerId owner = {});
  /// Returns the counts of a function. Null if the function was not called.
  [[nodiscard]] std::shared_ptr<CallMetrics> find(FunctionId function);
  /// Call this when a function was deleted.
  void forget(FunctionId function);

  using Functions = std::vector<std::pair<FunctionId, std::shared_ptr<CallMetrics>>>;
  /// Returns the functions in the registry, and the functions that were dropped since the previous call of take_all().
  [[nodiscard]] Functions take_all();

  struct Known {
    FunctionId function{};
    std::string name;
    std::shared_ptr<CallMetrics> metrics;
  };
  /// Returns the functions of an owner.
  [[nodiscard]] std::vector<Known> of_owner(OwnerId owner);

  struct Labelled {
    std::vector<std::pair<std::string, CallCounts>> functions;
    CallCounts other;  ///< counts of all functions without a label
  };
  [[nodiscard]] Labelled labelled();

  CallMetrics all;
  ColdStarts cold;

 private:
  static constexpr std::size_t kMost = 10'000;
  struct Entry {
    std::shared_ptr<CallMetrics> metrics;
    std::list<FunctionId>::iterator used;  // position in recent_, if the function has no label
    std::string name;
    OwnerId owner{};
    bool has_label = false;
  };
  void drop_oldest();

  const std::size_t labels_;
  std::mutex mutex_;
  std::size_t named_ = 0;
  std::unordered_map<FunctionId, Entry> functions_;
  std::list<FunctionId> recent_;  // the functions without a label
  Functions dropped_;
  CallCounts gone_;  // counts of functions without a label that were dropped
};

}  // namespace faasta::metrics
