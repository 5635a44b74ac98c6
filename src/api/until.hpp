#pragma once

#include "http/exchange.hpp"

namespace faasta::api {

/// Waits until `time`, or until the client goes away or the server drains.
[[nodiscard]] inline Task<> until(http::Exchange& exchange, SteadyTime time) {
  exchange.set_deadline(time);
  while (!exchange.client_gone() && !exchange.draining() && std::chrono::steady_clock::now() < time)
    co_await exchange.wait();
}

}  // namespace faasta::api
