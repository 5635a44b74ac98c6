#include "http/http1/connection.hpp"

#include <algorithm>
#include <utility>

#include "base/free_string.hpp"
#include "base/log.hpp"
#include "http/problem.hpp"

namespace faasta::http {
namespace {

/// After the last response on a connection, the server still reads from the client for this time.
constexpr std::chrono::milliseconds kLinger{5'000};
/// The time limit for writing the rest of an answer after its handler has ended. The rest is usually at most 128 KiB.
constexpr std::chrono::seconds kLastBytes{60};
/// When this many bytes of answers to pipelined requests wait to be written, the next request has to wait.
constexpr std::size_t kUnwrittenBytes = 64U << 10U;
/// One write hands at most this many bytes to the stream. The kernel copies them before the write returns: 250 KB take
/// up to half a millisecond, and the loop's other connections wait meanwhile. 64 KiB of a body and a head fit.
constexpr std::size_t kWriteBytes = 80U << 10U;
/// If the output's buffer is larger, it is freed after a response.
constexpr std::size_t kKeepOutBytes = 16U << 10U;

}  // namespace

Http1Connection::Http1Connection(Loop& loop, Opened opened, const ConnectionOptions& options)
    : Connection(loop.stoppables),
      loop_(loop),
      peer_(std::move(opened)),
      options_(options),
      bell_(Doorbell::make(loop.context)),
      input_(*peer_.stream, bell_, std::move(peer_.begun)) {}

Task<Connection::Ran> Http1Connection::run(const Handler& handler) {
  for (;;) {
    const Head head = co_await read_head();
    if (head == Head::idle) co_return Ran::idle;
    if (head == Head::none) break;
    co_await answer(handler);
    // If the head of the answer was written before the drain began, it did not announce the close. Then the next answer
    // announces it.
    if (!exchange_->keeps_alive() || write_failed_) break;
    if (!co_await drain_body()) break;
    const auto pause = count_request(peer_.place, exchange_->received());
    exchange_.reset();
    if (pause) {
      co_await wait_until(*pause);
    } else if (!input_.empty()) {
      // The client has sent several requests at once. Between two of them, the other connections of the loop run.
      const auto executor = co_await asio::this_coro::executor;
      co_await asio::post(executor, asio::use_awaitable);
    }
  }
  if (queued() > 0) co_await flush();
  co_await close();
  co_return Ran::ended;
}

/// Waits, and reads at most what one buffer holds, so that the client has to wait too. Ends early if the client closes
/// the connection: then its place is free for the next connection of the client's network.
Task<> Http1Connection::wait_until(SteadyTime time) {
  deadline_passed_ = false;
  set_deadline(time);
  input_.await(1, shared_from_this());
  while (!deadline_passed_ && !input_.ended()) co_await bell_->wait();
  deadline_passed_ = false;
}

void Http1Connection::when_active(std::move_only_function<void()> then) {
  idle_ = true;
  free_string(out_);
  out_written_ = 0;
  peer_.stream->release();
  rest(peer_.place, weak_from_this(), loop_.context);
  bell_->when_rung(std::move(then));
}

void Http1Connection::yield() {
  if (!idle_) return;
  input_.read_now(options_.limits.head_bytes + 2);  // a request may have arrived in this turn of the loop
  if (!input_.empty()) return bell_->wake();
  kill();
}

Task<> Http1Connection::close() {
  if (exchange_ && exchange_->needs_reset()) {
    peer_.stream->reset();
  } else {
    peer_.stream->shut_down();
    co_await linger();
  }
  peer_.stream->close();
}

Task<> Http1Connection::linger() {
  // If the server closed the connection with unread bytes, the kernel would reset it, and the client could lose the
  // response (RFC 9112 section 9.6).
  deadline_passed_ = false;
  set_deadline(std::chrono::steady_clock::now() + kLinger);
  while (!input_.ended() && !deadline_passed_) {
    input_.consume(input_.bytes().size());
    co_await wait();
  }
}

void Http1Connection::drain() {
  draining_ = true;
  // A request may be on its way to an idle connection. This request is still answered. The connection is closed if no
  // request comes for a while.
  if (!exchange_ && input_.empty()) loop_.deadlines.set(*this, std::chrono::steady_clock::now() + kDrainSilence);
  bell_->wake();
}

void Http1Connection::kill() {
  draining_ = true;
  peer_.stream->close();
  input_.end();
  bell_->wake();
}

void Http1Connection::await_input() {
  const std::size_t most = exchange_ ? Http1Body::kBufferBytes : options_.limits.head_bytes + 2;
  input_.await(most, shared_from_this());
}

Task<Http1Connection::Head> Http1Connection::read_head() {
  std::size_t scanned = 0;
  const SteadyTime start = std::chrono::steady_clock::now();
  if (std::exchange(idle_, false)) {
    if (deadline_passed_ || (input_.ended() && input_.empty())) co_return Head::none;
    use(peer_.place);
  }
  const std::chrono::milliseconds first = draining_ ? kDrainSilence : kActive;
  loop_.deadlines.set(*this, start + std::min(first, options_.timeouts.idle));
  SteadyTime received{};
  bool begun = false;    // a byte of the head has arrived
  bool skipped = false;  // the empty line before the head was skipped
  bool whole = true;     // the head came in one read
  for (;;) {
    if (!input_.empty() && !begun) {
      begun = true;
      received = std::chrono::steady_clock::now();
      loop_.deadlines.set(*this, received + options_.timeouts.head);
    } else if (begun) {
      whole = false;
    }
    if (const std::size_t empty = skipped ? 0 : leading_empty_line(input_.bytes()); empty > 0) {
      input_.consume(empty);
      skipped = true;
    }
    const auto length = find_head_end(input_.bytes(), scanned, options_.limits);
    if (!length) {
      co_await refuse(length.error());
      co_return Head::none;
    }
    if (*length > 0) {
      if (!whole) received = std::chrono::steady_clock::now();
      exchange_.emplace(*this, input_.bytes().substr(0, *length), received);
      input_.consume(*length);
      if (auto parsed = exchange_->parse(peer_, options_); !parsed) {
        co_await refuse(parsed.error());
        co_return Head::none;
      }
      deadline_passed_ = false;
      set_deadline(SteadyTime::max());
      co_return Head::complete;
    }
    if (queued() > 0 && !in_outbox_) co_await flush();  // writes the bytes that the outbox could not write at once
    if (input_.ended()) co_return Head::none;
    if (input_.empty()) input_.release();
    await_input();
    co_await bell_->wait();
    if (deadline_passed_) {
      if (begun) co_await refuse(Error{Code::http_timeout, "the head was not complete in time"});
      if (draining_ && !begun) {
        input_.read_now(options_.limits.head_bytes + 2);  // a request may have arrived in this turn of the loop
        if (input_.empty()) co_return Head::none;
        deadline_passed_ = false;
        continue;
      }
      if (begun || std::chrono::steady_clock::now() >= start + options_.timeouts.idle) co_return Head::none;
      deadline_passed_ = false;
      loop_.deadlines.set(*this, start + options_.timeouts.idle);
      if (input_.empty() && queued() == 0) {
        exchange_.release();
        co_return Head::idle;
      }
    }
  }
}

Task<> Http1Connection::answer(const Handler& handler) {
  Http1Exchange& exchange = *exchange_;
  try {
    co_await handler(exchange);
  } catch (const std::exception& error) {
    log::error("handler_failed", {{"request_id", exchange.request_id()}, {"cause", error.what()}});
    if (!exchange.head_sent()) {
      answer_problem(exchange, Error{Code::internal_error, {}});
    } else if (!exchange.ended()) {
      exchange.abort();
    }
  }
  deadline_passed_ = false;  // the old deadline was for the work of the handler
  deadline_ = std::chrono::steady_clock::now() + kLastBytes;
  exchange.settle_connection();
  if (queued() == 0) co_return;
  if (exchange.keeps_alive() && queued() < kUnwrittenBytes) {
    flush_soon();
  } else if (!co_await flush()) {
    write_failed_ = true;  // the client has read no byte during this time: it gets no further answer,
    exchange.abort();      // and this answer must not look complete to the client
  }
}

Task<> Http1Connection::refuse(const Error& error) {
  deadline_passed_ = false;
  exchange_.emplace(*this, std::string_view(), std::chrono::steady_clock::now());
  exchange_->refuse(error);
  co_await flush();
}

Task<bool> Http1Connection::drain_body() {
  // The next request begins after the end of this request.
  if (!exchange_->read_away()) co_return false;
  set_deadline(std::chrono::steady_clock::now() + options_.timeouts.head);
  for (;;) {
    const BodyPart part = exchange_->body();
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

bool Http1Connection::take_back(std::uint64_t begin) {
  if (bytes_written_ > begin) return false;
  // bytes_queued() can be less than `begin`, because a failure drops the output.
  if (bytes_queued() > begin) out_.resize(out_.size() - static_cast<std::size_t>(bytes_queued() - begin));
  return true;
}

Task<bool> Http1Connection::flush() {
  if (queued() == 0) co_return !client_gone();
  if (write_failed_ || deadline_passed_) co_return false;
  // Nearly always the stream takes all bytes at once.
  write_now();
  if (queued() > 0 && !write_failed_) co_await write_rest();
  co_return !write_failed_ && !deadline_passed_;
}

void Http1Connection::flush_soon() {
  if (queued() == 0 || in_outbox_ || write_failed_) return;
  in_outbox_ = true;
  loop_.outbox.add(shared_from_this());
}

void Http1Connection::write_now() {
  const bool deferred = std::exchange(in_outbox_, false);
  write_some();
  if (deferred && (write_failed_ || queued() > 0)) bell_->wake();
}

void Http1Connection::write_some() {
  if (exchange_) exchange_->settle_connection();
  if (queued() > 0) {
    const Stream::Moved written = peer_.stream->write_now(std::string_view(out_).substr(out_written_, kWriteBytes));
    out_written_ += written.bytes;
    bytes_written_ += written.bytes;
    if (written.ended) write_failed_ = true;
  }
  if (queued() > 0 && !write_failed_) return;
  out_.clear();
  out_written_ = 0;
  // While the body goes on, its next parts use the same buffer.
  if ((!exchange_ || exchange_->ended()) && out_.capacity() > kKeepOutBytes) free_string(out_);
}

Task<> Http1Connection::write_rest() {
  writing_ = true;
  while (queued() > 0 && !write_failed_) {
    loop_.deadlines.set(*this, std::min(deadline_, std::chrono::steady_clock::now() + options_.timeouts.write_stall));
    if (!co_await peer_.stream->wait_writable()) write_failed_ = true;
    write_some();
  }
  writing_ = false;
  loop_.deadlines.set(*this, deadline_);
}

Task<> Http1Connection::wait() {
  await_input();
  co_await bell_->wait();
}

Task<> Http1Connection::wait_turn(OwnerId owner, RunQueue::Line line) {
  await_input();  // reading is needed to find out whether the client leaves
  co_await loop_.run_queue.wait(owner, line);
}

std::unique_ptr<LoopWaiter> Http1Connection::outlive() { return std::make_unique<LoopWaiter>(bell_->another(), loop_); }

void Http1Connection::set_deadline(SteadyTime deadline) {
  deadline_ = deadline;
  deadline_passed_ = deadline_passed_ && deadline <= std::chrono::steady_clock::now();
  loop_.deadlines.set(*this, deadline);
}

void Http1Connection::on_deadline() {
  deadline_passed_ = true;
  if (writing_) peer_.stream->cancel();  // ends the write, and also the read that watches the client
  bell_->wake();
}

}  // namespace faasta::http
