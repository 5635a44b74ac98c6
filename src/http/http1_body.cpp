// Http1Connection: the body of its request, and what becomes of the connection when some of it is not read.

#include <algorithm>

#include "http/http1.hpp"

namespace faasta::http {
namespace {

/// What is read and thrown away of a body that nobody wanted, rather than end the connection after the answer.
constexpr std::uint64_t kDrainBytes = 64U << 10U;

}  // namespace

void Http1Connection::read_now() {
  if (reading_ || read_ended_) return;
  const auto space = in_.lend_space(kBodyBuffer);
  boost::system::error_code error;
  in_.filled_up(socket_.read_some(asio::buffer(space.data(), space.size()), error));
  if (error && error != asio::error::would_block) read_ended_ = true;
}

BodyPart Http1Connection::broken_body() {
  body_broken_ = true;
  return {BodyPart::Kind::broken, {}, {}};
}

void Http1Connection::accept_body() {
  // Only before the final response: after its head, this would be read as a part of it.
  if (!continue_due_ || head_sent()) return;
  out_ += "HTTP/1.1 100 Continue\r\n\r\n";
  continue_due_ = false;
}

BodyPart Http1Connection::body() {
  using enum BodyPart::Kind;
  accept_body();
  in_.consume(std::exchange(body_unconsumed_, 0));
  if (in_.empty() && !body_ended_ && !body_broken_) read_now();
  if (body_broken_) return {broken, {}, {}};
  if (body_ended_) return {end, {}, chunks_ ? std::span<const Field>(chunks_->trailers()) : std::span<const Field>()};
  if (head_.framing == Framing::length && body_left_ > body_limit_ - body_received_) return {too_large, {}, {}};
  BodyPart part;
  if (chunks_) {
    part = next_chunked();
  } else if (!in_.empty()) {
    part.kind = data;
    part.data =
        in_.filled().substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, in_.filled().size())));
    body_unconsumed_ = part.data.size();
    body_left_ -= part.data.size();
    body_ended_ = body_left_ == 0;
  }
  body_received_ += part.data.size();
  if (body_received_ > body_limit_) {
    body_refused_ = true;
    return {too_large, {}, {}};
  }
  if (part.kind == pending && read_ended_) return broken_body();
  return part;
}

BodyPart Http1Connection::next_chunked() {
  for (;;) {
    const auto step = chunks_->decode(in_.filled());
    if (!step) return broken_body();
    if (step->end) {
      in_.consume(step->used);
      body_ended_ = true;
      return {BodyPart::Kind::end, {}, chunks_->trailers()};
    }
    if (!step->data.empty()) {
      body_unconsumed_ = step->used;
      return {BodyPart::Kind::data, step->data, {}};
    }
    if (step->used == 0) return {};
    in_.consume(step->used);
  }
}

bool Http1Connection::leaves_too_much_body() const {
  // Before its 100 a client does not send the body, and may never.
  if (continue_due_ || body_broken_ || body_refused_) return true;
  if (!finished_ || body_ended_) return false;
  // Of a body in chunks that was refused unseen, nobody knows how much there is.
  return head_.framing == Framing::chunked ? body_limit_ == 0 : body_left_ > kDrainBytes;
}

void Http1Connection::settle_connection() {
  if (connection_settled_) return;
  connection_settled_ = true;
  if (draining_ || leaves_too_much_body()) writer_->announce_close();
}

Task<bool> Http1Connection::drain_body() {
  if (continue_due_ || body_broken_ || body_refused_) co_return false;
  // What the handler left of the body is read away, so that the next request can be found. Mostly it is little. It may
  // be all that the handler would have taken, if the answer began before it was known that nobody would read it: its
  // head did not announce the end of the connection.
  body_limit_ = std::max({body_limit_, body_received_ + body_left_, body_received_ + kDrainBytes});
  set_deadline(std::chrono::steady_clock::now() + options_.timeouts.head);
  for (;;) {
    const BodyPart part = body();
    switch (part.kind) {
      case BodyPart::Kind::end:
        co_return true;
      case BodyPart::Kind::data:
        break;
      case BodyPart::Kind::pending:
        if (deadline_passed_) co_return false;
        co_await wait();
        break;
      default:
        co_return false;
    }
  }
}

}  // namespace faasta::http
