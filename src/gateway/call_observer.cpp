#include "gateway/call_observer.hpp"

#include <algorithm>
#include <utility>

#include "base/json_line.hpp"
#include "base/log.hpp"
#include "gateway/usage.hpp"

namespace faasta::gateway {
namespace {

/// The access log has at most this many bytes of a request's target.
constexpr std::size_t kPathBytes = 512;

}  // namespace

void CallObserver::answered(ServedCall& served, std::uint16_t status) {
  const CallTimes& times = served.times;
  const engine::CallUsage usage = served.call->usage();
  metrics::CallRecord& record = served.record;
  record.status = status;
  record.cold = times.cold;
  record.duration_us = us_between(times.received, std::chrono::steady_clock::now());
  metrics::Phases& phases = record.phases;
  phases.queue = us_between(times.received, times.admitted);
  phases.load = us_between(times.admitted, times.loaded);
  phases.instantiate = usage.instantiate_us;
  const std::uint64_t before = phases.queue + phases.load + phases.instantiate;
  phases.guest = record.duration_us - std::min(record.duration_us, before);
  note_usage(record, usage);
}

void CallObserver::ended(ServedCall& served, const Ending& ending) {
  metrics::CallRecord& record = served.record;
  if (ending.error && record.status == 0) record.status = info(ending.error->code).status;
  if (ending.is_failure) record.failure = ending.error->code;
  if (record.duration_us == 0) record.duration_us = us_between(served.times.received, std::chrono::steady_clock::now());
  write_function_log(served, ending);
  record.log_bytes_lost += served.log.lost();
  count(served);
  trace(served, ending);
  parts_.crashes.ended(*served.target, served.request.client, ending);
  if (access_log_) write_access_log(served, ending);
}

void CallObserver::trace(ServedCall& served, const Ending& ending) {
  const metrics::EndedCall call{.request_id = served.request.request_id,
                                .method = served.request.method,
                                .target = served.request.target,
                                .function = served.target->deployed.function,
                                .version = served.target->deployed.version,
                                .outcome = ending.outcome,
                                .record = served.record};
  if (served.trace && served.trace->context.sampled && parts_.exporter != nullptr)
    parts_.exporter->add({served.trace->context, served.name, metrics::trace_of(call, served.sent)});
  parts_.traces.add(call, std::move(served.sent));
}

void CallObserver::write_function_log(ServedCall& served, const Ending& ending) {
  const metrics::CallRecord& record = served.record;
  served.log.end({.method = served.request.method,
                  .target = served.request.target,
                  .outcome = ending.outcome,
                  .detail = ending.error ? std::string_view(ending.error->detail) : std::string_view(),
                  .status = record.status,
                  .duration_us = record.duration_us,
                  .after_us = record.after_us,
                  .cpu_us = record.cpu_us,
                  .output_lost = record.log_bytes_lost,
                  .cold = record.cold});
}

void CallObserver::count(const ServedCall& served) {
  served.target->metrics->add(served.record);
  if (served.target->counter) served.target->counter->add(served.record);
  parts_.metrics.all.add(served.record);
  parts_.metrics.cold.add(served.record);
}

void CallObserver::write_access_log(const ServedCall& served, const Ending& ending) {
  const metrics::CallRecord& record = served.record;
  const RequestNames& request = served.request;
  JsonLine line;
  line.text("time", rfc3339(system_now())).text("level", "info").text("event", "request");
  line.text("request_id", request.request_id).text("function", served.name);
  line.number("version", served.target->deployed.version);
  line.text("client", request.client)
      .text("scheme", request.scheme)
      .text("method", request.method)
      .shortened("path", request.target, kPathBytes);
  line.number("status", record.status).text("outcome", ending.outcome).number("sent", served.body_bytes_sent);
  line.number("us", record.duration_us).number("cpu_us", record.cpu_us);
  if (record.after_us > 0) line.number("after_us", record.after_us);
  log::write_line(line.boolean("cold", record.cold).take());
}

}  // namespace faasta::gateway
