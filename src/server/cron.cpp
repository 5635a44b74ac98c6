#include "server/cron.hpp"

#include <utility>

#include "base/json_line.hpp"

namespace faasta::server {

Cron::Cron(store::CronRuns& store, gateway::Gateway& gateway, gateway::LogWriter& logs, schedule::CronLimits limits)
    : gateway_(gateway),
      logs_(logs),
      limits_(limits),
      scheduler_({store, std::bind_front(&Cron::send, this), std::bind_front(&Cron::note, this), limits.wall}) {}

void Cron::use(http::Listener& listener, api::Addresses addresses) {
  listener_ = &listener;
  addresses_.emplace(std::move(addresses));
}

Task<schedule::CronAnswer> Cron::run(http::Exchange& exchange, schedule::CronCall call) {
  schedule::CronAddress address = address_of(call.name);
  return schedule::send_request(gateway_, exchange.outlive(), std::move(call), std::move(address), limits_);
}

schedule::CronAddress Cron::address_of(std::string_view function) const {
  return {addresses_->authority(function), addresses_->is_https() ? "https" : "http"};
}

void Cron::send(schedule::CronCall call, std::function<void(schedule::CronAnswer)> done) {
  listener_->run_on_loop([this, call = std::move(call), done = std::move(done)](auto waiter) {
    return send_on_loop(std::move(waiter), call, done);
  });
}

Task<> Cron::send_on_loop(std::unique_ptr<http::LoopWaiter> waiter, schedule::CronCall call,
                          std::function<void(schedule::CronAnswer)> done) {
  schedule::CronAddress address = address_of(call.name);
  done(co_await schedule::send_request(gateway_, std::move(waiter), std::move(call), std::move(address), limits_));
}

void Cron::note(FunctionId function, std::uint32_t version, std::string_view line) {
  JsonLine out;
  out.text("time", rfc3339(system_now())).text("request_id", "").number("version", version);
  out.text("kind", "platform").text("text", line);
  static_cast<void>(logs_.push(function, out.take(), gateway::LogWriter::What::platform));
}

}  // namespace faasta::server
