#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "api/addresses.hpp"
#include "gateway/call_log.hpp"
#include "gateway/gateway.hpp"
#include "http/listener.hpp"
#include "schedule/cron_request.hpp"
#include "schedule/scheduler.hpp"

namespace faasta::server {

/// Runs the cron jobs of all functions: connects the scheduler with the gateway.
class Cron {
 public:
  Cron(store::CronRuns& store, gateway::Gateway& gateway, gateway::LogWriter& logs, schedule::CronLimits limits);

  /// Call this once, before the first call of run() and before the scheduler starts.
  void use(http::Listener& listener, api::Addresses addresses);
  [[nodiscard]] schedule::Scheduler& scheduler() { return scheduler_; }
  /// Runs a job now, on the loop of `exchange`.
  [[nodiscard]] Task<schedule::CronAnswer> run(http::Exchange& exchange, schedule::CronCall call);

 private:
  [[nodiscard]] schedule::CronAddress address_of(std::string_view function) const;
  void send(schedule::CronCall call, std::function<void(schedule::CronAnswer)> done);
  void note(FunctionId function, std::uint32_t version, std::string_view line);
  Task<> send_on_loop(std::unique_ptr<http::LoopWaiter> waiter, schedule::CronCall call,
                      std::function<void(schedule::CronAnswer)> done);

  gateway::Gateway& gateway_;
  gateway::LogWriter& logs_;
  const schedule::CronLimits limits_;
  http::Listener* listener_ = nullptr;
  std::optional<api::Addresses> addresses_;
  schedule::Scheduler scheduler_;
};

}  // namespace faasta::server
