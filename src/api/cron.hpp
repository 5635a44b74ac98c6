#pragma once

#include <functional>
#include <vector>

#include "api/subject.hpp"
#include "base/json.hpp"
#include "schedule/scheduler.hpp"
#include "store/cron_runs.hpp"

namespace faasta::api {

/// Sends the request of a cron job on the loop of the exchange, and returns the answer.
using RunCron = std::function<Task<schedule::CronAnswer>(http::Exchange&, schedule::CronCall)>;

/// Shows the cron jobs of functions, and runs them at once.
class CronApi final : public Subject {
 public:
  struct Parts {
    store::CronRuns& store;
    RunCron run;
    asio::thread_pool& pool;  ///< runs the queries of the catalog
  };
  explicit CronApi(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] std::vector<Endpoint> endpoints() override;

 private:
  [[nodiscard]] Answer list(Request& request);
  [[nodiscard]] Answer run(Request& request);

  Parts parts_;
};

}  // namespace faasta::api
