// GET /v1/functions/{name}/metrics: the counts of one function since `since`.

#include "api/answer.hpp"
#include "api/api.hpp"
#include "api/query.hpp"

namespace faasta::api {

Api::Answer Api::function_metrics(Request& request) {
  if (auto query = Query::parse(request.query, {}); !query) co_return std::unexpected(query.error());
  const auto name = FunctionName::parse(request.name);
  if (!name) co_return fail(Code::function_not_found, name.error().detail);
  auto find = [this, &request, &name] { return parts_.catalog.function(request.actor.owner, *name); };
  const auto function = co_await on(blocking_, find);
  if (!function) co_return std::unexpected(function.error());
  const auto counts = parts_.metrics.of(function->id);

  json::object status;
  constexpr std::array<std::string_view, 6> kClasses = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
  for (std::size_t i = 0; i < kClasses.size(); ++i) {
    if (const auto n = counts->by_class[i].load(); n > 0) status[kClasses[i]] = n;
  }
  json::object failures;
  counts->for_each_failure([&](Code code, std::uint64_t n) { failures[info(code).name] = n; });
  json::object out;
  out["name"] = name->str();
  out["since"] = rfc3339(counts->since);
  out["calls"] = counts->calls.load();
  out["status"] = std::move(status);
  out["failures"] = std::move(failures);
  const auto& duration = counts->duration;
  out["latency_us"] = {
      {"p50", duration.quantile(0.5)}, {"p90", duration.quantile(0.9)}, {"p99", duration.quantile(0.99)}};
  const std::uint64_t cold = counts->cold_starts.load();
  out["cold_starts"] = cold;
  out["cold_start_us"] = {{"mean", cold == 0 ? 0 : counts->cold_us.load() / cold},
                          {"worst", counts->cold_worst_us.load()}};
  out["cpu_ms"] = static_cast<double>(counts->cpu_us.load()) / 1000.0;
  out["peak_memory_bytes"] = counts->peak_memory_bytes.load();
  out["log_bytes_lost"] = counts->log_bytes_lost.load();
  answer_json(request.exchange, 200, out);
  co_return Result<>{};
}

}  // namespace faasta::api
