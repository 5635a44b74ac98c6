#include "otlp/spans.hpp"

#include <map>
#include <string_view>

#include "base/json.hpp"

namespace faasta::otlp {
namespace {

// The numbers of opentelemetry/proto/trace/v1/trace.proto.
constexpr int kServer = 2;
constexpr int kClient = 3;
constexpr int kError = 2;
constexpr std::uint16_t kFirstServerError = 500;

json::object attribute(std::string_view key, std::string_view value) {
  return {{"key", key}, {"value", json::object{{"stringValue", valid_utf8(value)}}}};
}
json::object attribute(std::string_view key, std::int64_t value) {
  // 64-bit numbers are texts in the JSON form of protobuf.
  return {{"key", key}, {"value", json::object{{"intValue", std::to_string(value)}}}};
}
json::object attribute(std::string_view key, bool value) {
  return {{"key", key}, {"value", json::object{{"boolValue", value}}}};
}

/// The nanoseconds of the Unix epoch at `us` microseconds after `begin`.
std::string nanoseconds(SystemTime begin, std::uint64_t us) {
  const auto at = std::chrono::nanoseconds(begin.time_since_epoch()) + std::chrono::microseconds(us);
  return std::to_string(at.count());
}

json::object client_span(const CallSpan& span, const metrics::SentRequest& sent, SystemTime begin) {
  json::array attributes{attribute("url.full", sent.origin)};
  if (sent.status > 0) attributes.push_back(attribute("http.response.status_code", std::int64_t{sent.status}));
  json::object out{{"traceId", span.context.trace_id},
                   {"spanId", new_span_id()},
                   {"parentSpanId", span.context.span_id},
                   {"name", valid_utf8(sent.origin)},
                   {"kind", kClient},
                   {"startTimeUnixNano", nanoseconds(begin, sent.began_us)},
                   {"endTimeUnixNano", nanoseconds(begin, sent.began_us + sent.took_us)},
                   {"attributes", std::move(attributes)}};
  if (sent.status == 0 || sent.status >= kFirstServerError) out["status"] = {{"code", kError}};
  return out;
}

json::object server_span(const CallSpan& span, SystemTime begin) {
  const metrics::Trace& call = span.call;
  const metrics::CallRecord& record = call.record;
  json::array attributes{attribute("http.request.method", call.method),
                         attribute("url.path", call.path),
                         attribute("http.response.status_code", std::int64_t{record.status}),
                         attribute("faas.version", std::to_string(call.version)),
                         attribute("faas.coldstart", record.cold),
                         attribute("faas.invocation_id", call.request_id),
                         attribute("faasta.outcome", call.outcome),
                         attribute("faasta.cpu_us", static_cast<std::int64_t>(record.cpu_us)),
                         attribute("faasta.queue_us", static_cast<std::int64_t>(record.phases.queue)),
                         attribute("faasta.load_us", static_cast<std::int64_t>(record.phases.load)),
                         attribute("faasta.instantiate_us", static_cast<std::int64_t>(record.phases.instantiate))};
  json::object out{{"traceId", span.context.trace_id},
                   {"spanId", span.context.span_id},
                   {"name", valid_utf8(call.method)},
                   {"kind", kServer},
                   {"startTimeUnixNano", nanoseconds(begin, 0)},
                   {"endTimeUnixNano", nanoseconds(begin, record.duration_us)},
                   {"attributes", std::move(attributes)}};
  if (!span.context.parent_id.empty()) out["parentSpanId"] = span.context.parent_id;
  if (record.failure || record.status >= kFirstServerError) out["status"] = {{"code", kError}};
  return out;
}

}  // namespace

std::string to_json(std::span<const CallSpan> spans) {
  std::map<std::string_view, json::array> by_function;
  for (const CallSpan& span : spans) {
    const std::uint64_t us = span.call.record.duration_us + span.call.record.after_us;
    const SystemTime begin =
        std::chrono::floor<std::chrono::milliseconds>(span.call.ended - std::chrono::microseconds(us));
    json::array& out = by_function[span.function];
    out.push_back(server_span(span, begin));
    for (const metrics::SentRequest& sent : span.call.sent) out.push_back(client_span(span, sent, begin));
  }
  json::array resources;
  for (auto& [function, out] : by_function)
    resources.push_back(json::object{
        {"resource", json::object{{"attributes", json::array{attribute("service.name", function),
                                                             attribute("faas.name", function)}}}},
        {"scopeSpans",
         json::array{json::object{{"scope", json::object{{"name", "faasta"}}}, {"spans", std::move(out)}}}}});
  return json::serialize(json::object{{"resourceSpans", std::move(resources)}});
}

}  // namespace faasta::otlp
