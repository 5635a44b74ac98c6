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

/// The counts of the functions that were called since the process started, and of all together. Bounded: those not
/// called for longest lose theirs here. Any thread.
class Registry {
 public:
  /// `labels`: how many functions /metrics names. They are the first that are called, and keep their place until they
  /// are deleted; the others are summed.
  explicit Registry(std::size_t labels) : labels_(labels) {}

  [[nodiscard]] std::shared_ptr<CallMetrics> of(FunctionId function, std::string_view name);
  /// The counts of a function that was called; null if it was not.
  [[nodiscard]] std::shared_ptr<CallMetrics> find(FunctionId function);
  /// A function that was deleted.
  void forget(FunctionId function);

  using Functions = std::vector<std::pair<FunctionId, std::shared_ptr<CallMetrics>>>;
  /// Those that are here now, and those that lost their place since this was called last.
  [[nodiscard]] Functions take_all();

  struct Labelled {
    std::vector<std::pair<std::string, CallCounts>> functions;
    CallCounts other;  ///< of all that have no name of their own
  };
  [[nodiscard]] Labelled labelled();

  CallMetrics all;
  ColdStarts cold;

 private:
  static constexpr std::size_t kMost = 10'000;
  struct Entry {
    std::shared_ptr<CallMetrics> metrics;
    std::list<FunctionId>::iterator used;  // in recent_, if it has no name
    std::string name;
  };
  void drop_oldest();

  const std::size_t labels_;
  std::mutex mutex_;
  std::size_t named_ = 0;
  std::unordered_map<FunctionId, Entry> functions_;
  std::list<FunctionId> recent_;  // of those without a name
  Functions dropped_;
  CallCounts gone_;  // of those without a name that are no longer here
};

}  // namespace faasta::metrics
