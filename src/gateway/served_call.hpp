#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/trace_context.hpp"
#include "engine/call.hpp"
#include "gateway/call_log.hpp"
#include "gateway/call_places.hpp"
#include "gateway/call_runner.hpp"
#include "gateway/request_rest.hpp"
#include "gateway/target.hpp"
#include "gateway/usage.hpp"
#include "metrics/call_metrics.hpp"
#include "metrics/trace_ring.hpp"

namespace faasta::gateway {

/// The texts about a request that are written to logs. The texts are views into the exchange, until keep_texts() is
/// called.
struct RequestNames {
  std::string_view request_id, client, method, target;
  std::string_view scheme;  ///< a string literal
};

/// The additional data of a request that the server itself sends, such as the request of a cron job.
struct OwnRequest {
  /// Replace the limits of the version for processor time and time. The head of the answer may take the whole time.
  std::chrono::milliseconds cpu, wall;
  std::span<const FieldView> fields;  ///< that only the server may set
};

/// The place of a call in a trace of several servers.
struct CallTrace {
  TraceContext context;
  std::string field = context.text();  ///< `traceparent` for the guest and its requests
};

/// One request to a function, and all objects that the request needs until its end is logged.
struct ServedCall {
  ServedCall(std::string name_of, std::shared_ptr<const Target> target_of, const RequestNames& names, LogWriter& logs,
             const std::shared_ptr<Turnstile>& server, WaitingBodies& waiting)
      : name(std::move(name_of)),
        target(std::move(target_of)),
        request(names),
        log(logs, target->deployed.function, target->deployed.version, names.request_id, target->environment->mask()),
        places({target->share->calls(), target->turnstile, server, waiting, target->deployed.owner}) {}

  std::string name;  ///< the name of the function, as in the host field
  std::shared_ptr<const Target> target;
  RequestNames request;
  const OwnRequest* own = nullptr;         ///< of a request of the server itself
  std::unique_ptr<const CallTrace> trace;  ///< null: the server exports no traces
  bool hides_token = false;                ///< whether `authorization` is for the server, and not for the guest
  CallLog log;
  metrics::CallRecord record;
  CallTimes times;
  std::uint32_t hops = 0;  ///< how many times the request came through Faasta before
  std::uint64_t body_bytes_sent = 0;
  CallPlaces places;
  std::optional<engine::GuestCall> call;
  std::vector<metrics::SentRequest> sent;  ///< set when the instance is destroyed; only if the calls are traced
  RequestRest rest;                        ///< set for a call that goes on after its exchange
  bool goes_on = false;
  bool counted = false;  ///< the request was counted against the owner's limit already
  std::string kept_texts;

  /// Empty if the server exports no traces.
  [[nodiscard]] std::string_view traceparent() const { return trace ? std::string_view(trace->field) : ""; }

  /// Frees the instance and the places in the turnstiles, for other calls.
  void release(bool traced) {
    if (traced && call && call->usage().outbound > 0) keep_sent();
    call.reset();
    places.give_back();
  }

  void keep_sent() {
    for (engine::SentRequest& one : call->sent_requests())
      sent.push_back({us_between(times.received, std::max(one.began, times.received)), one.took_us, one.has_ended,
                      one.status, std::move(one.origin)});
  }

  /// Copies the texts. Call this if the exchange ends before the call. The object must not be moved after this.
  void keep_texts() {
    kept_texts.reserve(request.request_id.size() + request.client.size() + request.method.size() +
                       request.target.size());
    for (std::string_view* text : {&request.request_id, &request.client, &request.method, &request.target}) {
      kept_texts += *text;
      *text = std::string_view(kept_texts).substr(kept_texts.size() - text->size());
    }
    log.rename(request.request_id);
    own = nullptr;
  }
};

}  // namespace faasta::gateway
