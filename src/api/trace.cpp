#include "api/trace.hpp"

#include <functional>
#include <optional>
#include <string>

#include "api/answer.hpp"
#include "api/query.hpp"
#include "base/propagate.hpp"

namespace faasta::api {
namespace {

json::object to_json(const metrics::SentRequest& sent) {
  json::object out{{"origin", valid_utf8(sent.origin)}, {"began_us", sent.began_us}};
  if (sent.has_ended) out["us"] = sent.took_us;
  if (sent.status > 0) out["status"] = sent.status;
  return out;
}

json::object to_json(const metrics::Trace& trace) {
  const metrics::CallRecord& record = trace.record;
  json::array sent;
  for (const auto& one : trace.sent) sent.push_back(to_json(one));
  json::object phases{{"queue_us", record.phases.queue},
                      {"load_us", record.phases.load},
                      {"instantiate_us", record.phases.instantiate},
                      {"guest_us", record.phases.guest}};
  return {{"request_id", valid_utf8(trace.request_id)},
          {"version", trace.version},
          {"ended_at", rfc3339(trace.ended)},
          {"method", valid_utf8(trace.method)},
          {"path", valid_utf8(trace.path)},
          {"status", record.status},
          {"outcome", trace.outcome},
          {"us", record.duration_us},
          {"after_us", record.after_us},
          {"cpu_us", record.cpu_us},
          {"memory_bytes", record.memory_bytes},
          {"cold", record.cold},
          {"phases", std::move(phases)},
          {"sent", std::move(sent)}};
}

}  // namespace

std::vector<Endpoint> TraceApi::endpoints() {
  return {{"GET", "/v1/functions/{name}/trace", Access::read_function, std::bind_front(&TraceApi::trace, this)}};
}

Answer TraceApi::trace(Request& request) {
  CO_ASSIGN_OR_RETURN(const auto query, Query::parse(request.query, {"request"}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  const auto wanted = query.find("request");
  auto find = [this, owner = request.actor.owner, &name, wanted]() -> Result<std::optional<metrics::Trace>> {
    ASSIGN_OR_RETURN(const auto function, parts_.catalog.function(owner, name));
    if (parts_.traces.is_off()) return fail(Code::trace_not_found, "the server keeps no traces ([tracing] calls = 0)");
    return parts_.traces.find(function.id, wanted);
  };
  CO_ASSIGN_OR_RETURN(const auto trace, co_await on(parts_.pool, find));
  if (!trace)
    co_return fail(Code::trace_not_found, wanted ? "request '" + std::string(*wanted) + "' of '" + name.str() + "'"
                                                 : "'" + name.str() + "' was not called lately");
  answer_json(request.exchange, 200, to_json(*trace));
  co_return Result<>{};
}

}  // namespace faasta::api
