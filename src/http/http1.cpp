#include "http/http1.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/sha256.hpp"
#include "http/problem.hpp"

namespace faasta::http {
namespace {

/// Bytes of body that may wait here for the handler; beyond them the client is held back.
constexpr std::size_t kBodyBuffer = 64U << 10U;
/// What is read and thrown away of a body that no handler wanted, to keep the connection.
constexpr std::size_t kDrainBytes = 64U << 10U;
/// How long a client that still sends is listened to after the last response.
constexpr std::chrono::milliseconds kLinger{5'000};
/// What is left of an answer when its handler has ended: 128 KiB, mostly.
constexpr std::chrono::seconds kLastBytes{60};
/// Requests that came together are answered without waiting; so many in a row, then the loop's others have their turn.
constexpr unsigned kInARow = 16;
/// Answers of pipelined requests that may wait to be written, before the next request waits for them.
constexpr std::size_t kUnwrittenBytes = 64U << 10U;

}  // namespace

Http1Connection::Http1Connection(asio::ip::tcp::socket socket, const std::shared_ptr<asio::io_context>& loop,
                                 Deadlines& deadlines, Outbox& outbox, Background& background, OpenCount& outliving,
                                 const HeadLimits& limits, const Timeouts& timeouts)
    : socket_(std::move(socket)),
      deadlines_(deadlines),
      outbox_(outbox),
      background_(background),
      outliving_(outliving),
      limits_(limits),
      timeouts_(timeouts),
      bell_(Doorbell::make(loop)) {
  boost::system::error_code ignored;
  const auto peer = socket_.remote_endpoint(ignored);
  client_address_ = peer.address().to_string();
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  deadlines_.add(*this);
}

Http1Connection::~Http1Connection() { deadlines_.remove(*this); }

Task<> Http1Connection::run(const Handler& handler) {
  for (unsigned count = 1; co_await read_head(); ++count) {
    co_await exchange_once(handler);
    if (!finished_ || !writer_->keep_alive() || draining_ || write_failed_) break;
    if (!co_await drain_body()) break;
    phase_ = Phase::idle;
    if (!in_.empty() && count % kInARow == 0) co_await asio::post(socket_.get_executor(), asio::use_awaitable);
  }
  if (queued() > 0) co_await flush();
  co_await close();
}

Task<> Http1Connection::close() {
  boost::system::error_code ignored;
  if (aborted_ && writer_->ends_with_connection()) {
    // Only a reset tells this client that the body is not whole.
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  } else {
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    co_await linger();
  }
  socket_.close(ignored);
}

Task<> Http1Connection::linger() {
  // Closing with unread bytes would reset the connection, and the client could lose the response (RFC 9112
  // section 9.6).
  deadline_passed_ = false;
  set_deadline(std::chrono::steady_clock::now() + kLinger);
  while (!read_ended_ && !deadline_passed_) {
    in_.consume(in_.filled().size());
    co_await wait();
  }
}

void Http1Connection::drain() {
  draining_ = true;
  if (phase_ == Phase::exchanging) return bell_->wake();
  boost::system::error_code ignored;
  socket_.cancel(ignored);
  read_ended_ = true;
  bell_->wake();
}

void Http1Connection::kill() {
  drain();
  boost::system::error_code ignored;
  socket_.close(ignored);
  read_ended_ = true;
  bell_->wake();
}

void Http1Connection::start_read() {
  if (reading_ || read_ended_) return;
  const bool in_head = phase_ != Phase::exchanging;
  const auto space = in_.lend_space(in_head ? limits_.head_bytes + 2 : kBodyBuffer);
  if (space.empty()) return;
  reading_ = true;
  socket_.async_read_some(asio::buffer(space.data(), space.size()),
                          [self = shared_from_this()](const boost::system::error_code& error, std::size_t count) {
                            self->reading_ = false;
                            if (error) self->read_ended_ = true;
                            self->in_.filled_up(count);
                            self->bell_->wake_on_loop();
                          });
}

void Http1Connection::read_now() {
  if (reading_ || read_ended_) return;
  const auto space = in_.lend_space(kBodyBuffer);
  boost::system::error_code error;
  in_.filled_up(socket_.read_some(asio::buffer(space.data(), space.size()), error));
  if (error && error != asio::error::would_block) read_ended_ = true;
}

Task<bool> Http1Connection::read_head() {
  scanned_ = 0;
  Deadlines::set(*this, std::chrono::steady_clock::now() + timeouts_.idle);
  bool skipped = false;
  bool whole = true;  // the head came in one piece
  for (;;) {
    if (!in_.empty() && phase_ == Phase::idle) {
      phase_ = Phase::reading_head;
      received_ = std::chrono::steady_clock::now();
      Deadlines::set(*this, received_ + timeouts_.head);
    } else if (phase_ == Phase::reading_head) {
      whole = false;
    }
    if (const std::size_t empty = skipped ? 0 : leading_empty_line(in_.filled()); empty > 0) {
      in_.consume(empty);
      skipped = true;
    }
    const auto length = find_head_end(in_.filled(), scanned_, limits_);
    if (!length) {
      co_await refuse(length.error());
      co_return false;
    }
    if (*length > 0) {
      head_bytes_.assign(in_.filled().substr(0, *length));
      in_.consume(*length);
      auto head = parse_head(head_bytes_, limits_);
      if (!head) {
        co_await refuse(head.error());
        co_return false;
      }
      head_ = std::move(*head);
      if (!whole) received_ = std::chrono::steady_clock::now();
      begin_exchange();
      co_return true;
    }
    if (queued() > 0 && !in_outbox_) co_await flush();  // what the outbox could not write at once
    if (read_ended_) co_return false;
    if (in_.empty()) in_.release();
    start_read();
    co_await bell_->wait();
    if (deadline_passed_) {
      if (phase_ == Phase::reading_head)
        co_await refuse(Error{Code::http_timeout, "the head was not complete in time"});
      co_return false;
    }
  }
}

void Http1Connection::choose_request_id() {
  const auto given = head_.field("x-request-id");
  request_id_ = given && is_request_id(*given) ? std::string(*given) : unique_hex();
}

void Http1Connection::begin_exchange() {
  phase_ = Phase::exchanging;
  choose_request_id();
  chunks_.reset();
  if (head_.framing == Framing::chunked) chunks_.emplace();
  body_left_ = head_.content_length;
  body_received_ = 0;
  body_unconsumed_ = 0;
  body_limit_ = 0;
  body_ended_ = head_.framing == Framing::none;
  body_broken_ = false;
  continue_due_ = head_.expects_continue && !body_ended_;
  begin_response();
  deadline_passed_ = false;
  set_deadline(SteadyTime::max());
}

Task<> Http1Connection::exchange_once(const Handler& handler) {
  try {
    co_await handler(*this);
  } catch (const std::exception& error) {
    log::error("handler_failed", {{"request_id", request_id_}, {"cause", error.what()}});
    if (!head_sent()) {
      answer_problem(*this, Error{Code::internal_error, {}});
    } else if (!finished_) {
      abort();
    }
  }
  deadline_passed_ = false;  // the handler's was for its own work
  exchange_deadline_ = std::chrono::steady_clock::now() + kLastBytes;
  if (queued() == 0) co_return;
  if (finished_ && writer_->keep_alive() && queued() < kUnwrittenBytes) {
    flush_soon();
  } else if (!co_await flush()) {
    write_failed_ = true;  // who takes nothing for so long gets no other answer,
    abort();               // and must not take this one for whole
  }
}

Task<> Http1Connection::refuse(const Error& error) {
  deadline_passed_ = false;
  finished_ = aborted_ = false;
  head_ = RequestHead();
  head_.keep_alive = false;
  request_id_ = unique_hex();
  phase_ = Phase::exchanging;
  writer_.emplace(out_, ResponseWriter::Options{
                            .head_request = false, .keep_alive = false, .takes_trailers = false, .minor_version = 1});
  answer_problem(*this, error);
  co_await flush();
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
  if (body_received_ > body_limit_) return {too_large, {}, {}};
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

Task<bool> Http1Connection::drain_body() {
  // What the handler left of the body is read away if it is little, so that the next request can be found. A client
  // that still waits for its 100 will not send it.
  if (continue_due_ || body_broken_) co_return false;
  body_limit_ = body_received_ + kDrainBytes;
  set_deadline(std::chrono::steady_clock::now() + timeouts_.head);
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

Task<> Http1Connection::wait() {
  start_read();
  co_await bell_->wait();
}

Task<> Http1Connection::step_back() {
  start_read();  // a client that goes is seen meanwhile
  co_await background_.step_back();
}

std::unique_ptr<LoopWaiter> Http1Connection::outlive() {
  return std::make_unique<LoopWaiter>(bell_->another(), deadlines_, background_, outliving_);
}

void Http1Connection::set_deadline(SteadyTime deadline) {
  exchange_deadline_ = deadline;
  deadline_passed_ = deadline_passed_ && deadline <= std::chrono::steady_clock::now();
  Deadlines::set(*this, deadline);
}

void Http1Connection::on_deadline() {
  deadline_passed_ = true;
  if (writing_) {
    boost::system::error_code ignored;
    socket_.cancel(ignored);  // ends the write, and with it the read that watches for the client
  }
  bell_->wake();
}

}  // namespace faasta::http
