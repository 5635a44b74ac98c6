#include "api/top.hpp"

#include <fmt/format.h>

#include <functional>
#include <string>

#include "api/answer.hpp"
#include "api/query.hpp"
#include "api/until.hpp"
#include "base/propagate.hpp"

namespace faasta::api {
namespace {

constexpr std::chrono::seconds kPeriod{1};
constexpr std::uint32_t kReadersPerOwner = 8;
constexpr std::size_t kRows = 32;
constexpr std::size_t kServerErrors = 5;

json::object to_json(const metrics::Busiest::Row& row) {
  const metrics::CallCounts& counts = row.counts;
  return {{"name", row.name},
          {"calls", counts.calls()},
          {"errors", counts.by_class[kServerErrors]},
          {"cold_starts", counts.cold_starts},
          {"p50_us", counts.durations.quantile(0.5)},
          {"p99_us", counts.durations.quantile(0.99)},
          {"cpu_us", counts.cpu_us},
          {"peak_memory_bytes", counts.peak_memory_bytes}};
}

std::string sample(const std::vector<metrics::Busiest::Row>& rows, SteadyTime from, SteadyTime to) {
  json::array functions;
  for (const auto& row : rows) functions.push_back(to_json(row));
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
  return json::serialize(
      json::object{{"time", rfc3339(system_now())}, {"ms", ms}, {"functions", std::move(functions)}});
}

}  // namespace

std::vector<Endpoint> TopApi::endpoints() {
  return {{"GET", "/v1/top", Access::any_token, std::bind_front(&TopApi::top, this)}};
}

Answer TopApi::top(Request& request) {
  CO_ASSIGN_OR_RETURN(const auto query, Query::parse(request.query, {"by"}));
  const auto by = metrics::Busiest::parse(query.find("by").value_or("cpu"));
  if (!by) co_return fail(Code::bad_request, "'by' is none of cpu, calls, errors and memory");
  const auto place = readers_.enter(request.actor.owner, kReadersPerOwner);
  if (!place)
    co_return fail_for_now(Code::too_many_requests, fmt::format("{} readers of yours are open", kReadersPerOwner),
                           kPeriod);
  http::Exchange& exchange = request.exchange;
  const auto accept = exchange.request().field("accept");
  const bool events = accept && accept->find("text/event-stream") != std::string_view::npos;
  const FieldView fields[] = {
      {"content-type", events ? "text/event-stream" : "application/json"}, {"cache-control", "no-store"}, kApiField};
  exchange.head(200, fields);
  if (exchange.request().method == "HEAD") {
    exchange.finish({});
    co_return Result<>{};
  }
  metrics::Busiest busiest(parts_.registry, request.actor.owner);
  SteadyTime from = std::chrono::steady_clock::now();
  // A token that was revoked must not go on reading.
  auto look = [&]() -> Result<std::vector<metrics::Busiest::Row>> {
    RETURN_IF_ERROR(parts_.accounts.check(request.actor));
    return busiest.look(*by, kRows, [&request](std::string_view name) { return request.scopes.may_read(name); });
  };
  static_cast<void>(co_await on(parts_.pool, look));
  for (;;) {
    const bool taken = co_await exchange.flush();
    if (!taken) co_return Result<>{};
    co_await until(exchange, from + kPeriod);
    if (exchange.client_gone()) co_return Result<>{};
    exchange.set_deadline(SteadyTime::max());
    const SteadyTime now = std::chrono::steady_clock::now();
    const auto rows = co_await on(parts_.pool, look);
    if (!rows) break;
    const std::string line = sample(*rows, from, now);
    exchange.data(events ? "data: " + line + "\n\n" : line + "\n");
    from = now;
    if (!events || exchange.draining()) break;
  }
  exchange.finish({});
  co_return Result<>{};
}

}  // namespace faasta::api
