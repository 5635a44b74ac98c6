#include "gateway/call_runner.hpp"

#include <fmt/format.h>

#include <vector>

#include "gateway/set_cookie.hpp"
#include "gateway/turn.hpp"
#include "http/problem.hpp"

namespace faasta::gateway {
namespace {

/// Response bytes that may wait for the client before the guest is held back: two of its largest writes. Each write to
/// the socket may wake the client, which costs more than copying; more bytes than these would leave the processor's
/// cache.
constexpr std::size_t kQueuedBytes = 128U << 10U;

double ms_between(SteadyTime from, SteadyTime to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

bool is_cookie(const FieldView& field) { return http::same_token(field.name, "set-cookie"); }

/// Makes the cookies among `fields` the host's own, and leaves out those that cannot be; `texts`, which must have room
/// for them, holds what is changed.
void keep_cookies_at_home(std::vector<FieldView>& fields, std::vector<std::string>& texts) {
  std::erase_if(fields, [&texts](FieldView& field) {
    if (!is_cookie(field)) return false;
    auto cookie = host_only_cookie(field.value);
    if (cookie) field.value = texts.emplace_back(std::move(*cookie));
    return !cookie;
  });
}

}  // namespace

Task<std::optional<Error>> CallRunner::run() {
  if (exchange_.request().framing == http::Framing::none) {
    call_.end({});
  } else {
    exchange_.accept_body();  // routing and limits have let it pass; the guest may answer before it reads
  }
  Turn turn;
  for (;;) {
    if (interrupted()) co_return failure_;
    if (turn.over()) {
      co_await exchange_.step_back();
      turn.begin();
    }
    // Body that has arrived is passed on before the guest is asked again: it waits for nothing else, mostly.
    if (body_wanted_ && pass_body() == Next::stop) co_return failure_;
    engine::CallEvent event = call_.poll();
    const Next next = handle(event);
    if (next == Next::stop) co_return failure_;
    // A whole small response goes out in one write; a large one in pieces that the client can keep up with.
    const bool full = exchange_.queued() >= kQueuedBytes;
    if (exchange_.queued() > 0 && (full || next == Next::wait)) {
      static_cast<void>(co_await exchange_.flush());  // interrupted() sees why it failed
      if (!full) continue;                            // what woke the call meanwhile would be missed by waiting
    } else if (next == Next::wait) {
      co_await exchange_.wait();
      if (Turn::share_is_used(call_)) co_await exchange_.step_back();
      turn.begin();
    }
  }
}

bool CallRunner::interrupted() {
  if (exchange_.deadline_passed()) {
    failure_ = Error{Code::wall_limit,
                     exchange_.head_sent() ? "the answer was not complete in time" : "no answer came in time"};
    // The response that is under way can only be broken; one that has not begun is a proper refusal.
    if (exchange_.head_sent() && !exchange_.ended()) exchange_.abort();
    return true;
  }
  if (exchange_.client_gone()) {
    failure_ = std::nullopt;
    if (!exchange_.ended()) exchange_.abort();
    return true;
  }
  return false;
}

CallRunner::Next CallRunner::handle(engine::CallEvent& event) {
  using enum engine::CallEvent::Kind;
  switch (event.kind) {
    case pending:
      return Next::wait;
    case need_body:
      body_wanted_ = true;
      return pass_body();
    case head:
      pass_head(event);
      return failure_ ? Next::stop : Next::poll;
    case data:
      exchange_.data(event.data);
      break;
    case trailers:
      exchange_.finish(event.fields);
      break;
    case output:
      log_.output(event.status, event.data);
      return Next::poll;
    case done:
      return Next::stop;
    case failed:
      failure_ = std::move(event.error);
      if (exchange_.head_sent() && !exchange_.ended()) exchange_.abort();
      return Next::stop;
  }
  if (!exchange_.aborted()) return Next::poll;
  failure_ = Error{Code::no_response, "the guest's body does not have the length of its content-length field"};
  return Next::stop;
}

void CallRunner::pass_head(const engine::CallEvent& event) {
  if (event.status < 200 || event.status > 599) {
    failure_ = Error{Code::no_response,
                     fmt::format("the guest answered with status {}, which a server does not send", event.status)};
    return;
  }
  status_ = event.status;
  exchange_.set_deadline(wall_deadline_);
  const bool cookies = std::ranges::any_of(event.fields, is_cookie);
  if (!times_.tell_client && !cookies) return exchange_.head(event.status, event.fields);
  std::vector<FieldView> fields(event.fields.begin(), event.fields.end());
  std::vector<std::string> texts;
  texts.reserve(fields.size() + 1);
  if (cookies) keep_cookies_at_home(fields, texts);
  if (times_.tell_client) {
    fields.push_back({"server-timing", texts.emplace_back(timing())});
    fields.push_back({"x-faasta-cold", times_.cold ? "1" : "0"});
  }
  exchange_.head(event.status, fields);
}

std::string CallRunner::timing() const {
  const SteadyTime now = std::chrono::steady_clock::now();
  const double inst = static_cast<double>(call_.usage().instantiate_us) / 1000.0;
  return fmt::format("queue;dur={:.3f}, load;dur={:.3f}, inst;dur={:.3f}, guest;dur={:.3f}",
                     ms_between(times_.received, times_.admitted), ms_between(times_.admitted, times_.loaded), inst,
                     ms_between(times_.loaded, now) - inst);
}

CallRunner::Next CallRunner::pass_body() {
  using enum http::BodyPart::Kind;
  const http::BodyPart part = exchange_.body();
  switch (part.kind) {
    case pending:
      return Next::wait;
    case data:
      call_.feed(part.data);
      break;
    case end: {
      const std::vector<FieldView> trailers(part.trailers.begin(), part.trailers.end());
      call_.end(trailers);
      break;
    }
    case broken:
      call_.break_off();
      break;
    case too_large:
      failure_ = Error{Code::body_too_large, "the request body is larger than a function takes"};
      if (exchange_.head_sent() && !exchange_.ended()) exchange_.abort();
      return Next::stop;
  }
  body_wanted_ = false;
  return Next::poll;
}

}  // namespace faasta::gateway
