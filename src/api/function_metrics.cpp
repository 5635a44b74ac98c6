#include "api/function_metrics.hpp"

#include <array>
#include <functional>

#include "api/answer.hpp"
#include "api/query.hpp"
#include "base/propagate.hpp"

namespace faasta::api {
namespace {

json::object to_json(const metrics::CallCounts& counts) {
  json::object status;
  constexpr std::array<std::string_view, 6> kClasses = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
  for (std::size_t i = 0; i < kClasses.size(); ++i) {
    if (counts.by_class[i] > 0) status[kClasses[i]] = counts.by_class[i];
  }
  json::object failures;
  for (const auto& [code, count] : counts.failures) failures[info(code).name] = count;
  json::object out;
  out["calls"] = counts.calls();
  out["status"] = std::move(status);
  out["failures"] = std::move(failures);
  const metrics::Durations& us = counts.durations;
  out["latency_us"] = {{"p50", us.quantile(0.5)},
                       {"p90", us.quantile(0.9)},
                       {"p99", us.quantile(0.99)},
                       {"mean", counts.calls() == 0 ? 0 : us.sum_us / counts.calls()}};
  out["cold_starts"] = counts.cold_starts;
  out["cold_start_us"] = {{"mean", counts.cold_starts == 0 ? 0 : counts.cold_us / counts.cold_starts},
                          {"worst", counts.cold_worst_us}};
  out["cpu_ms"] = static_cast<double>(counts.cpu_us) / 1000.0;
  out["peak_memory_bytes"] = counts.peak_memory_bytes;
  out["log_bytes_lost"] = counts.log_bytes_lost;
  return out;
}

}  // namespace

std::vector<Endpoint> FunctionMetricsApi::endpoints() {
  return {{"GET", "/v1/functions/{name}/metrics", Access::read_function,
           std::bind_front(&FunctionMetricsApi::metrics, this)}};
}

Answer FunctionMetricsApi::metrics(Request& request) {
  CO_ASSIGN_OR_RETURN(const auto query, Query::parse(request.query, {"since"}));
  SystemTime since{};
  if (const auto given = query.find("since")) {
    const auto time = parse_rfc3339(*given);
    if (!time) co_return fail(Code::bad_request, "'since' is not a time like 2026-11-24T07:00:00Z");
    since = *time;
  }
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  auto find = [this, owner = request.actor.owner, &name, since]() -> Result<metrics::Recorder::Window> {
    ASSIGN_OR_RETURN(const auto function, parts_.catalog.function(owner, name));
    return parts_.metrics.read(function.id, since);
  };
  CO_ASSIGN_OR_RETURN(const auto window, co_await on(parts_.pool, find));
  json::object out = to_json(window.counts);
  out["name"] = name.str();
  out["since"] = rfc3339(window.begin);
  answer_json(request.exchange, 200, out);
  co_return Result<>{};
}

}  // namespace faasta::api
