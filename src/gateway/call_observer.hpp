#pragma once

#include "gateway/crash_budget.hpp"
#include "gateway/ending.hpp"
#include "gateway/served_call.hpp"
#include "metrics/registry.hpp"
#include "metrics/trace_ring.hpp"
#include "otlp/exporter.hpp"

namespace faasta::gateway {

/// Reports each call to the function's log, to the counts, to the budget of crashes and to the access log. Any thread
/// may use it.
class CallObserver {
 public:
  struct Parts {
    metrics::Registry& metrics;
    CrashBudget& crashes;
    metrics::TraceRing& traces;
    otlp::Exporter* exporter;  ///< null: the server exports no traces
  };
  CallObserver(const Parts& parts, bool access_log) : parts_(parts), access_log_(access_log) {}

  /// Call this when the answer is complete, even if it is not sent yet. Records the times of the call until now.
  static void answered(ServedCall& served, std::uint16_t status);
  /// Call this when the call has ended. The instance of the call can already be destroyed.
  void ended(ServedCall& served, const Ending& ending);

 private:
  static void write_function_log(ServedCall& served, const Ending& ending);
  void count(const ServedCall& served);
  static void write_access_log(const ServedCall& served, const Ending& ending);

  void trace(ServedCall& served, const Ending& ending);

  Parts parts_;
  const bool access_log_;
};

}  // namespace faasta::gateway
