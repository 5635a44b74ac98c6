#pragma once

#include <string>
#include <string_view>

namespace faasta {

/// The place of a call in a trace of several servers: the field `traceparent` of W3C Trace Context.
struct TraceContext {
  std::string trace_id;   ///< 32 hexadecimal digits
  std::string span_id;    ///< of this call, 16 hexadecimal digits
  std::string parent_id;  ///< of the span that caused this call; empty: there is none
  bool sampled = false;

  /// Begins the span of a call. `given`: the field `traceparent` of its request. If the field is empty or not valid, a
  /// new trace begins. `share`: the share of the new traces that are sampled, from 0 to 1.
  [[nodiscard]] static TraceContext begin(std::string_view given, double share);
  /// The field for the guest, and for the requests that it sends (W3C Trace Context, section 3.2).
  [[nodiscard]] std::string text() const;
};

/// Makes an id for a span.
[[nodiscard]] std::string new_span_id();

}  // namespace faasta
