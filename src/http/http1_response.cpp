// The response side of a connection: what is queued for the client, and written.

#include <algorithm>
#include <utility>

#include "http/http1.hpp"

namespace faasta::http {
namespace {

/// Above this the write buffer's memory is given back after a response.
constexpr std::size_t kKeepOutBytes = 16U << 10U;

}  // namespace

void Http1Connection::begin_response() {
  writer_.emplace(out_, ResponseWriter::Options{head_.method == "HEAD", head_.keep_alive, head_.takes_trailers,
                                                head_.minor_version});
  finished_ = aborted_ = false;
  connection_settled_ = true;
}

void Http1Connection::head(std::uint16_t status, std::span<const FieldView> fields) {
  out_begin_ = out_.size();
  out_begun_ = false;
  writer_->head(status, fields, request_id_);
  connection_settled_ = false;
  constexpr std::uint16_t kRequestTimeout = 408;  // RFC 9110 section 15.5.9: what is left of the request is not awaited
  if (status == kRequestTimeout) writer_->announce_close();
}

void Http1Connection::data(std::string_view bytes) {
  if (!ended() && !writer_->data(bytes)) abort();
}

void Http1Connection::finish(std::span<const FieldView> trailers) {
  if (ended()) return;
  if (!writer_->finish(trailers)) return abort();
  finished_ = true;
}

void Http1Connection::abort() { aborted_ = true; }

bool Http1Connection::take_back() {
  if (out_begun_) return false;
  out_.resize(out_begin_);
  begin_response();
  return true;
}

Task<bool> Http1Connection::flush() {
  if (queued() == 0) co_return !client_gone();
  if (write_failed_ || deadline_passed_) co_return false;
  // Nearly always the socket takes all of it at once, and there is nothing to wait for.
  write_now();
  if (queued() > 0 && !write_failed_) co_await write_rest();
  co_return !write_failed_ && !deadline_passed_;
}

void Http1Connection::flush_soon() {
  if (queued() == 0 || in_outbox_ || write_failed_) return;
  in_outbox_ = true;
  outbox_.add(shared_from_this());
}

void Http1Connection::write_now() {
  const bool deferred = std::exchange(in_outbox_, false);
  write_some();
  if (deferred && (write_failed_ || queued() > 0)) bell_->wake();
}

void Http1Connection::write_some() {
  boost::system::error_code error;
  settle_connection();
  if (queued() > 0) {
    out_written_ += socket_.write_some(asio::buffer(out_.data() + out_written_, queued()), error);
    if (error && error != asio::error::would_block) write_failed_ = true;
    out_begun_ = out_begun_ || out_written_ > out_begin_;
  }
  if (queued() > 0 && !write_failed_) return;
  out_.clear();
  out_written_ = out_begin_ = 0;
  // While the body goes on, the next pieces of it need as much.
  if (ended() && out_.capacity() > kKeepOutBytes) out_ = std::string();
}

Task<> Http1Connection::write_rest() {
  writing_ = true;
  while (queued() > 0 && !write_failed_) {
    Deadlines::set(*this,
                   std::min(exchange_deadline_, std::chrono::steady_clock::now() + options_.timeouts.write_stall));
    const auto [error] =
        co_await socket_.async_wait(asio::socket_base::wait_write, asio::as_tuple(asio::use_awaitable));
    if (error) write_failed_ = true;
    write_some();
  }
  writing_ = false;
  Deadlines::set(*this, exchange_deadline_);
}

}  // namespace faasta::http
