#include "schedule/cron_request.hpp"

#include <exception>
#include <utility>

#include "base/log.hpp"
#include "http/internal_exchange.hpp"

namespace faasta::schedule {

Task<CronAnswer> send_request(gateway::Gateway& gateway, std::unique_ptr<http::LoopWaiter> waiter, CronCall call,
                              CronAddress address, CronLimits limits) {
  const std::string tick = rfc3339(call.tick);
  const FieldView fields[] = {{"x-faasta-cron", call.job.name}, {"x-faasta-scheduled", tick}};
  const gateway::OwnRequest own{limits.cpu, limits.wall, fields};
  http::InternalExchange exchange(std::move(waiter), {.method = call.job.method,
                                                      .target = call.job.path,
                                                      .host = std::move(address.authority),
                                                      .scheme = address.scheme,
                                                      .fields = {{"user-agent", "faasta-cron"}}});
  try {
    co_await gateway.serve(exchange, call.name, {}, &own);
  } catch (const std::exception& error) {
    log::error("cron_request_failed", {{"function", call.name}, {"cause", error.what()}});
    co_return CronAnswer{};
  }
  co_return CronAnswer{exchange.status(), exchange.aborted()};
}

}  // namespace faasta::schedule
