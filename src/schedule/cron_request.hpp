#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/gateway.hpp"
#include "http/loop_waiter.hpp"
#include "schedule/cron_limits.hpp"
#include "schedule/scheduler.hpp"

namespace faasta::schedule {

/// The address of a function, as the guest sees it in the request.
struct CronAddress {
  std::string authority;
  std::string_view scheme;  ///< a literal
};

/// Sends the request of a cron job to the function, on the loop of the waiter. The guest gets the fields
/// `x-faasta-cron`, the name of the job, and `x-faasta-scheduled`, the tick (RFC 3339); no client can set them.
[[nodiscard]] Task<CronAnswer> send_request(gateway::Gateway& gateway, std::unique_ptr<http::LoopWaiter> waiter,
                                            CronCall call, CronAddress address, CronLimits limits);

}  // namespace faasta::schedule
