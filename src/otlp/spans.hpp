#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/trace_context.hpp"
#include "metrics/trace_ring.hpp"

namespace faasta::otlp {

/// A call that was sampled, as the collector gets it.
struct CallSpan {
  TraceContext context;
  std::string function;
  metrics::Trace call;
};

/// Writes the body of an export: the spans of calls and of their outgoing requests, in the JSON form of OTLP 1.x
/// (ExportTraceServiceRequest). Each function is a service.
[[nodiscard]] std::string to_json(std::span<const CallSpan> spans);

}  // namespace faasta::otlp
