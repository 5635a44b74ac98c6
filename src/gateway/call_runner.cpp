#include "gateway/call_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "gateway/set_cookie.hpp"
#include "gateway/turn.hpp"
#include "http/problem.hpp"

namespace faasta::gateway {
namespace {

/// A client that sends its body more slowly than this, on average, is slow. Only the time counts in which the guest
/// waits for the body. The first second is free; then the client's network may have only some of these calls. After ten
/// seconds the call ends.
constexpr std::int64_t kLeastBytesPerSecond = 240;
constexpr std::chrono::seconds kSlowCounts{1};
constexpr std::chrono::seconds kSlowEnds{10};

double ms_between(SteadyTime from, SteadyTime to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

bool is_cookie(const FieldView& field) { return same_ignoring_case(field.name, "set-cookie"); }

/// Restricts the cookies in `fields` to the function's own host, and removes the cookies that cannot be restricted.
/// `texts` holds the changed values and must have enough capacity.
void keep_cookies_at_home(std::vector<FieldView>& fields, std::vector<std::string>& texts) {
  std::erase_if(fields, [&texts](FieldView& field) {
    if (!is_cookie(field)) return false;
    auto cookie = host_only_cookie(field.value);
    if (cookie) field.value = texts.emplace_back(std::move(*cookie));
    return !cookie;
  });
}

}  // namespace

Task<Ending> CallRunner::run() {
  if (!exchange_.request().has_body()) {
    call_.end({});
    body_over_ = true;
  } else {
    exchange_.accept_body();  // the request is admitted; the guest is free to answer before it reads the body
  }
  Turn<http::Exchange> turn(exchange_, owner_, &call_);
  for (;;) {
    if (interrupted()) break;
    if (turn.over()) co_await turn.wait();
    // Gives the call the body that has arrived, before the call is polled again: usually the call waits only for the
    // body.
    if (body_wanted_ && pass_body() == Next::stop) break;
    Next next = Next::poll;
    if (unsent_.empty()) {
      engine::CallEvent event = call_.poll();
      next = handle(event);
    } else {
      next = pass_data();
    }
    if (next == Next::stop) break;
    // A small response is written in one piece. A large response is written in pieces, so that the client can keep up.
    const bool full = std::exchange(gave_data_, false) && exchange_.room() == 0;
    if ((full || next == Next::wait) && exchange_.queued() > 0) {
      const bool written = co_await exchange_.flush();
      if (!written && exchange_.deadline_passed()) {
        stop(Ending::client_slow());
        break;
      }
      if (!turn.may_go_on()) co_await turn.wait();
      if (!full) continue;  // poll again: an event may have woken the call during the write
    } else if (next == Next::wait) {
      if (leave()) break;
      if (!body_wanted_) {
        co_await exchange_.wait();
      } else if (!co_await wait_for_body()) {
        break;
      }
      if (!turn.begin()) co_await turn.wait();
    }
  }
  co_return std::move(ending_);
}

SteadyTime CallRunner::slow_at(SteadyTime now, std::chrono::nanoseconds start) const {
  const auto paid = std::chrono::nanoseconds(std::chrono::seconds(1)) / kLeastBytesPerSecond * body_bytes_;
  return std::min(deadline_, now + start + paid - waited_for_body_);
}

Task<bool> CallRunner::wait_without_places(SteadyTime began) {
  auto waiting = places_.wait_for_body(exchange_);
  if (!waiting) {
    stop(Ending::failed(std::move(waiting.error())));
    co_return false;
  }
  // After its answer has begun, a guest may talk with its client, and for a while neither has to say anything.
  const bool talks = exchange_.head_sent();
  const SteadyTime last = talks ? deadline_ : slow_at(began, kSlowEnds);
  const SteadyTime slow = talks ? last : slow_at(began, kSlowCounts);
  exchange_.set_deadline(slow);
  co_await exchange_.wait();
  if (exchange_.deadline_passed() && slow < last && !exchange_.client_gone()) {
    if (!waiting->is_slow()) {
      stop(Ending::too_many_bodies());
      co_return false;
    }
    exchange_.set_deadline(last);
    co_await exchange_.wait();
  }
  if (waiting->must_end()) stop(Ending::client_slow());
  co_return !waiting->must_end();
}

Task<bool> CallRunner::wait_for_body() {
  const SteadyTime began = std::chrono::steady_clock::now();
  const bool goes_on = co_await wait_without_places(began);
  if (!goes_on) co_return false;
  const SteadyTime now = std::chrono::steady_clock::now();
  waited_for_body_ += now - began;
  if (exchange_.deadline_passed()) co_return true;  // interrupted() ends the call
  // The call has begun, so it may wait in the line until its deadline.
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - now);
  auto back = co_await places_.take(exchange_, left);
  if (!back) {
    stop(exchange_.client_gone() ? Ending::client_gone() : Ending::failed(std::move(back.error())));
    co_return false;
  }
  exchange_.set_deadline(deadline_);
  co_return true;
}

bool CallRunner::interrupted() {
  if (exchange_.client_gone()) {
    if (is_answered() && exchange_.queued() == 0) {
      if (!body_over_ && !rest_.take_from(exchange_))
        rest_.break_off();                     // the client may have sent the whole body before it left
      if (body_wanted_) rest_.pass_to(call_);  // the guest has already asked for the body and will not ask again
      goes_on_ = true;
    } else {
      if (!exchange_.ended()) exchange_.abort();
      ending_ = Ending::client_gone();
    }
    return true;
  }
  if (!exchange_.deadline_passed()) return false;
  if (body_wanted_) {
    stop(Ending::client_slow());
  } else {
    stop(Ending::failed({Code::wall_limit, is_answered()           ? "the work after the answer was not done in time"
                                           : exchange_.head_sent() ? "the answer was not complete in time"
                                                                   : "no answer came in time"}));
  }
  return true;
}

bool CallRunner::leave() {
  if (!is_answered()) return false;
  // If the guest still reads the body, the call stays with its exchange while the client sends. Between two reads, the
  // guest can do other work, or the epoch's tick can interrupt it. In this time, the unread rest can become longer than
  // RequestRest keeps.
  if (!body_over_ && (body_wanted_ || reads_on_ || !rest_.take_from(exchange_))) return false;
  goes_on_ = true;
  return true;
}

CallRunner::Next CallRunner::stop(Ending ending) {
  ending_ = std::move(ending);
  if (exchange_.head_sent() && !is_answered()) {
    if (exchange_.take_back()) {
      status_ = 0;
    } else if (!exchange_.ended()) {
      exchange_.abort();
    }
  }
  return Next::stop;
}

CallRunner::Next CallRunner::handle(engine::CallEvent& event) {
  using enum engine::CallEvent::Kind;
  switch (event.kind) {
    case pending:
      return Next::wait;
    case need_body:
      body_wanted_ = true;
      reads_on_ = is_answered();
      return pass_body();
    case head:
      return pass_head(event);
    case data:
      unsent_ = event.data;
      return pass_data();
    case trailers:
      exchange_.finish(event.fields);
      break;
    case output:
      log_.output(event.stream, event.data);
      return Next::poll;
    case done:
      return Next::stop;
    case failed:
      return stop(Ending::failed(std::move(*event.error)));
  }
  return judge_length();
}

CallRunner::Next CallRunner::pass_data() {
  const std::size_t bytes = std::min(unsent_.size(), exchange_.room());
  exchange_.data(unsent_.substr(0, bytes));
  unsent_.remove_prefix(bytes);
  gave_data_ = true;
  return judge_length();
}

CallRunner::Next CallRunner::judge_length() {
  if (!exchange_.aborted()) return Next::poll;
  return stop(
      Ending::failed({Code::no_response, "the guest's body does not have the length of its content-length field"}));
}

CallRunner::Next CallRunner::pass_head(const engine::CallEvent& event) {
  if (event.status < 200 || event.status > 599) {
    return stop(
        Ending::failed({Code::no_response,
                        fmt::format("the guest answered with status {}, which a server does not send", event.status)}));
  }
  status_ = event.status;
  deadline_ = wall_deadline_;
  exchange_.set_deadline(deadline_);
  const bool cookies = std::ranges::any_of(event.fields, is_cookie);
  if (!times_.tell_client && !cookies) {
    exchange_.head(event.status, event.fields);
    return Next::poll;
  }
  std::vector<FieldView> fields(event.fields.begin(), event.fields.end());
  std::vector<std::string> texts;
  texts.reserve(fields.size() + 1);
  if (cookies) keep_cookies_at_home(fields, texts);
  if (times_.tell_client) {
    fields.push_back({"server-timing", texts.emplace_back(timing())});
    fields.push_back({"x-faasta-cold", times_.cold ? "1" : "0"});
  }
  exchange_.head(event.status, fields);
  return Next::poll;
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
  if (rest_.pass_to(call_)) {
    body_wanted_ = false;
    return Next::poll;
  }
  const http::BodyPart part = exchange_.body();
  switch (part.kind) {
    case pending:
      return Next::wait;
    case data:
      body_bytes_ += static_cast<std::int64_t>(part.data.size());
      call_.feed(part.data);
      break;
    case http::BodyPart::Kind::end: {
      const std::vector<FieldView> trailers(part.trailers.begin(), part.trailers.end());
      call_.end(trailers);
      body_over_ = true;
      break;
    }
    case broken:
      if (!is_answered()) return stop(exchange_.client_gone() ? Ending::client_gone() : Ending::body_broken());
      call_.break_off();
      body_over_ = true;
      break;
    case too_large:
      return stop(Ending::failed({Code::body_too_large, "the request body is larger than a function takes"}));
  }
  body_wanted_ = false;
  return Next::poll;
}

}  // namespace faasta::gateway
