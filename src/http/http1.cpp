#include "http/http1.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/sha256.hpp"
#include "http/problem.hpp"
#include "http/proxy_protocol.hpp"

namespace faasta::http {
namespace {

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
                                 const Http1Options& options)
    : socket_(std::move(socket)),
      deadlines_(deadlines),
      outbox_(outbox),
      background_(background),
      outliving_(outliving),
      options_(options),
      bell_(Doorbell::make(loop)) {
  boost::system::error_code ignored;
  set_peer(socket_.remote_endpoint(ignored).address());
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  deadlines_.add(*this);
}

Http1Connection::~Http1Connection() { deadlines_.remove(*this); }

void Http1Connection::set_peer(const asio::ip::address& address) {
  peer_.address = address_text(address);
  peer_trusted_ = options_.trusted.has(address);
}

Task<bool> Http1Connection::run(const Handler& handler) {
  if (options_.proxy_protocol && !co_await read_proxy_header()) {
    boost::system::error_code ignored;
    socket_.close(ignored);
    co_return false;
  }
  for (unsigned count = 1; co_await read_head(); ++count) {
    co_await exchange_once(handler);
    if (!finished_ || !writer_->keep_alive() || draining_ || write_failed_) break;
    if (!co_await drain_body()) break;
    phase_ = Phase::idle;
    if (!in_.empty() && count % kInARow == 0) co_await asio::post(socket_.get_executor(), asio::use_awaitable);
  }
  if (queued() > 0) co_await flush();
  co_await close();
  co_return true;
}

/// Who opens a connection and sends nothing, as a health check does, has not failed.
Task<bool> Http1Connection::read_proxy_header() {
  if (!peer_trusted_) co_return false;
  Deadlines::set(*this, std::chrono::steady_clock::now() + options_.timeouts.head);
  for (;;) {
    const auto header = parse_proxy_header(in_.filled());
    if (!header) co_return false;
    if (header->length > 0) {
      in_.consume(header->length);
      if (header->source) set_peer(*header->source);
      if (header->tls) peer_.scheme = "https";
      peer_.proxied = true;
      co_return true;
    }
    if (read_ended_ || deadline_passed_) co_return in_.empty() && !deadline_passed_;
    start_read();
    co_await bell_->wait();
  }
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
  const auto space = in_.lend_space(in_head ? options_.limits.head_bytes + 2 : kBodyBuffer);
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

Task<bool> Http1Connection::read_head() {
  scanned_ = 0;
  Deadlines::set(*this, std::chrono::steady_clock::now() + options_.timeouts.idle);
  bool skipped = false;
  bool whole = true;  // the head came in one piece
  for (;;) {
    if (!in_.empty() && phase_ == Phase::idle) {
      phase_ = Phase::reading_head;
      received_ = std::chrono::steady_clock::now();
      Deadlines::set(*this, received_ + options_.timeouts.head);
    } else if (phase_ == Phase::reading_head) {
      whole = false;
    }
    if (const std::size_t empty = skipped ? 0 : leading_empty_line(in_.filled()); empty > 0) {
      in_.consume(empty);
      skipped = true;
    }
    const auto length = find_head_end(in_.filled(), scanned_, options_.limits);
    if (!length) {
      co_await refuse(length.error());
      co_return false;
    }
    if (*length > 0) {
      head_bytes_.assign(in_.filled().substr(0, *length));
      in_.consume(*length);
      auto head = parse_head(head_bytes_, options_.limits);
      if (!head) {
        co_await refuse(head.error());
        co_return false;
      }
      head_ = std::move(*head);
      forwarded_.reset();
      if (peer_trusted_) {
        forwarded_.emplace(peer_);
        if (auto taken = options_.trusted.take_forwarded(head_, *forwarded_); !taken) {
          co_await refuse(taken.error());
          co_return false;
        }
      }
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
  body_broken_ = body_refused_ = false;
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
  settle_connection();
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
