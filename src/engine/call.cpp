#include "engine/call.hpp"

#include <engine.h>

#include <array>
#include <atomic>

#include "engine/failure.hpp"
#include "engine/raw_limits.hpp"

namespace faasta::engine {
namespace {

fe_bytes view(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
std::string_view text(fe_bytes bytes) { return {reinterpret_cast<const char*>(bytes.data), bytes.size}; }

std::vector<fe_field> raw_fields(std::span<const FieldView> fields) {
  std::vector<fe_field> out;
  out.reserve(fields.size());
  for (const FieldView& field : fields) out.push_back({view(field.name), view(field.value)});
  return out;
}

/// The waker of engine.h: a reference-counted object that wakes a Wakeable. The count is a C++ atomic, so that
/// sanitizers see it.
class CallWaker : public fe_waker {
 public:
  static fe_waker* make(WakeRef<> target) { return new CallWaker(std::move(target)); }

 private:
  explicit CallWaker(WakeRef<> target) : fe_waker{&retain_, &wake_, &release_}, target_(std::move(target)) {}

  static CallWaker* self(fe_waker* raw) noexcept { return static_cast<CallWaker*>(raw); }
  static void retain_(fe_waker* raw) noexcept { self(raw)->count_.fetch_add(1, std::memory_order_relaxed); }
  static void wake_(fe_waker* raw) noexcept { self(raw)->target_->wake(); }
  static void release_(fe_waker* raw) noexcept {
    if (self(raw)->count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete self(raw);
  }

  std::atomic<int> count_{1};
  WakeRef<> target_;
};

}  // namespace

void GuestCall::Free::operator()(fe_call* handle) const noexcept { fe_call_free(handle); }

GuestCall::GuestCall(const Component& component, const CallRequest& request, const FunctionSettings& settings,
                     const Environment& environment, WakeRef<> waker) {
  const std::vector<fe_field> fields = raw_fields(request.fields);
  const fe_request raw{view(request.method),
                       view(request.scheme),
                       view(request.authority),
                       view(request.target),
                       fields.data(),
                       fields.size(),
                       static_cast<std::uint64_t>(request.owner),
                       request.hops,
                       view(request.traceparent),
                       environment.data(),
                       environment.size()};
  const fe_limits limits = engine::raw(settings.limits);
  const RawGrants grants(settings);
  handle_.reset(fe_call_new(component.handle(), &raw, &limits, grants.get(), CallWaker::make(std::move(waker))));
}

namespace {

Stream stream_of(fe_stream stream) {
  switch (stream) {
    case FE_STDOUT:
      return Stream::out;
    case FE_STDERR:
      return Stream::err;
    case FE_PLATFORM:
      return Stream::platform;
    case FE_NONE:
      break;
  }
  return Stream::none;
}

}  // namespace

CallEvent GuestCall::poll() {
  using enum CallEvent::Kind;
  fe_event raw;
  const fe_poll polled = fe_call_poll(handle_.get(), &raw);
  CallEvent event;
  fields_.clear();
  for (const fe_field& field : std::span(raw.fields, raw.field_count)) {
    fields_.push_back({text(field.name), text(field.value)});
  }
  event.fields = fields_;
  event.status = raw.status;
  event.data = text(raw.data);
  switch (polled) {
    case FE_PENDING:
      event.kind = pending;
      break;
    case FE_NEED_BODY:
      event.kind = need_body;
      break;
    case FE_HEAD:
      event.kind = head;
      break;
    case FE_DATA:
      event.kind = data;
      break;
    case FE_TRAILERS:
      event.kind = trailers;
      break;
    case FE_OUTPUT:
      event.kind = output;
      event.stream = stream_of(raw.stream);
      break;
    case FE_DONE:
      event.kind = done;
      break;
    case FE_FAILED:
      event.kind = failed;
      event.error = to_error(raw.error);
      break;
  }
  return event;
}

void GuestCall::feed(std::string_view chunk) { fe_call_feed(handle_.get(), view(chunk)); }

void GuestCall::end(std::span<const FieldView> trailers) {
  const std::vector<fe_field> raw = raw_fields(trailers);
  fe_call_end(handle_.get(), raw.data(), raw.size());
}

void GuestCall::break_off() { fe_call_break(handle_.get()); }

void GuestCall::set_waker(WakeRef<> waker) { fe_call_set_waker(handle_.get(), CallWaker::make(std::move(waker))); }

CallUsage GuestCall::usage() const {
  fe_used used{};
  fe_call_used(handle_.get(), &used);
  return {used.cpu_us, used.memory_bytes, used.instantiate_us, used.output_lost, used.outbound};
}

std::vector<SentRequest> GuestCall::sent_requests() const {
  constexpr std::size_t kMost = 16;
  std::array<fe_sent, kMost> raw{};
  const std::size_t count = fe_call_sent(handle_.get(), raw.data(), raw.size());
  std::vector<SentRequest> out;
  for (const fe_sent& one : std::span(raw).first(count))
    out.push_back({.began = SteadyTime(std::chrono::nanoseconds(one.began_ns)),
                   .took_us = one.took_ns / 1000,  // NOLINT(readability-magic-numbers): nanoseconds of a microsecond
                   .has_ended = one.took_ns > 0,
                   .status = one.status,
                   .origin = std::string(reinterpret_cast<const char*>(one.origin), one.origin_size)});
  return out;
}

}  // namespace faasta::engine
