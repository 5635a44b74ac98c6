#include "http/http2/connection.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "base/free_string.hpp"
#include "base/log.hpp"
#include "http/http2/limits.hpp"
#include "http/problem.hpp"

namespace faasta::http {
namespace {

/// One read returns at most this many bytes.
constexpr std::size_t kReadBytes = 16U << 10U;
/// After the last frame, the server reads and drops the client's bytes for at most this time, and at most
/// kReadAwayBytes of them. If these bytes stayed unread, the kernel would reset the connection, and the client could
/// lose the last frames.
constexpr std::chrono::seconds kLinger{2};
constexpr std::size_t kReadAwayBytes = 1U << 20U;
/// If the output's buffer is larger, it is freed when it is empty.
constexpr std::size_t kKeepOutBytes = 16U << 10U;

}  // namespace

Http2Connection::Http2Connection(Loop& loop, Opened opened, const ConnectionOptions& options)
    : Connection(loop.stoppables),
      loop_(loop),
      peer_(std::move(opened)),
      options_(options),
      bell_(Doorbell::make(loop.context)),
      input_(*peer_.stream, bell_, std::move(peer_.begun)),
      session_(*this, *options.refusals),
      memory_(options.trusted.has(peer_.peer) ? nullptr : options.memory->of(peer_.client.network)),
      text_(http2::kText, std::chrono::steady_clock::now()),
      opened_at_(std::chrono::steady_clock::now()),
      quiet_since_(opened_at_) {}

Http2Connection::~Http2Connection() {
  begun_.clear();
  streams_.clear();  // an exchange that ends uses the connection's other members
}

Task<Connection::Ran> Http2Connection::run(const Handler& handler) {
  if (!std::exchange(started_, true)) write_soon();
  if (std::exchange(parked_, false) && !ended_) use(peer_.place);
  rests_ = false;
  set_next_look(std::chrono::steady_clock::now());
  while (!over()) {
    if (resumes_at_ == SteadyTime::min()) receive();
    begin_some(handler);
    if (over() || broken_ || (input_.ended() && input_.empty())) break;
    if (may_begin()) {
      // The loop's other connections run first.
      const auto executor = co_await asio::this_coro::executor;
      co_await asio::post(executor, asio::use_awaitable);
      continue;
    }
    input_.release();
    input_.await(kReadBytes, shared_from_this());
    if (std::exchange(rests_, false) && is_quiet()) {
      parked_ = true;
      free_string(out_);
      out_written_ = 0;
      streams_ = {};
      begun_.shrink_to_fit();
      running_.shrink_to_fit();
      peer_.stream->release();
      set_next_look(std::chrono::steady_clock::now());
      co_return Ran::idle;
    }
    co_await bell_->wait();
  }
  end_streams();
  while (!running_.empty()) co_await bell_->wait();
  write_now();
  ended_ = true;
  co_await close();
  co_return Ran::ended;
}

void Http2Connection::when_active(std::move_only_function<void()> then) {
  rest(peer_.place, weak_from_this(), loop_.context);
  bell_->when_rung(std::move(then));
}

Task<> Http2Connection::close() {
  peer_.stream->shut_down();
  lingers_ = true;
  loop_.deadlines.set(*this, std::chrono::steady_clock::now() + kLinger);
  for (std::size_t bytes = 0; !input_.ended() && lingers_ && bytes < kReadAwayBytes;) {
    bytes += input_.bytes().size();
    input_.consume(input_.bytes().size());
    input_.await(kReadBytes, shared_from_this());
    co_await bell_->wait();
  }
  peer_.stream->close();
}

void Http2Connection::receive() {
  if (input_.empty()) input_.read_now(kReadBytes);
  if (input_.empty()) return;
  const std::string_view bytes = input_.bytes();
  text_read_ = 0;
  try {
    // After a failure, nghttp2 reads nothing more. It has queued a GOAWAY for the client.
    broken_ = !session_.receive(bytes);
  } catch (const std::bad_alloc&) {
    return fail();  // the session stopped in the middle of a step, so nothing may use it any more
  }
  count_text(bytes.size());
  input_.consume(bytes.size());
  write_soon();
}

void Http2Connection::begin_some(const Handler& handler) {
  for (unsigned count = 0; count < http2::kBegunInATurn && may_begin(); ++count) {
    ExchangeRef exchange = std::move(begun_.front());
    begun_.erase(begun_.begin());
    running_.push_back(exchange.get());
    count_one_request();
    asio::co_spawn(*loop_.context, answer(shared_from_this(), std::move(exchange), handler), asio::detached);
  }
}

Task<> Http2Connection::answer(std::shared_ptr<Http2Connection> self, ExchangeRef exchange, const Handler& handler) {
  try {
    co_await handler(*exchange);
  } catch (const std::exception& error) {
    log::error("handler_failed", {{"request_id", exchange->request_id()}, {"cause", error.what()}});
    if (!exchange->head_sent()) {
      answer_problem(*exchange, Error{Code::internal_error, {}});
    } else if (!exchange->ended()) {
      exchange->abort();
    }
  }
  exchange->settle();
  std::erase(self->running_, exchange.get());
  if (self->running_.empty()) self->bell_->wake();
}

bool Http2Connection::over() const { return ended_ || (session_.over() && unwritten() == 0); }

std::size_t Http2Connection::unwritten() const noexcept {
  return out_.size() - out_written_ + peer_.stream->unwritten();
}

void Http2Connection::end_streams() {
  begun_.clear();
  for (auto& [id, exchange] : std::exchange(streams_, {})) exchange->lose();
  // running_ can have exchanges that are already answered, because their handlers still run.
  for (Http2Exchange* const exchange : running_) exchange->lose();
}

Http2Exchange* Http2Connection::find(http2::StreamId id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second.get();
}

std::optional<http2::Refusal> Http2Connection::on_request(http2::StreamId id) {
  // A handler counts as a stream until it ends, even if the client has reset the handler's stream.
  if (ended_ || std::max(streams_.size(), running_.size() + begun_.size()) >= http2::kStreams)
    return http2::Refusal::streams;
  if (memory_.is_over_share()) return http2::Refusal::memory;
  if (++requests_ == http2::kRequests) {
    options_.refusals->add(http2::Refusal::requests);
    session_.refuse_new();
  }
  head_since_ = std::chrono::steady_clock::now();
  if (streams_.empty()) loop_.deadlines.set(*this, head_since_ + http2::kTick);
  streams_.emplace(id, std::make_shared<Http2Exchange>(*this, id, head_since_));
  return std::nullopt;
}

bool Http2Connection::on_field(http2::StreamId id, std::string_view name, std::string_view value) {
  text_read_ += name.size() + value.size();
  if (text_read_ > http2::kTextInARead) return false;
  Http2Exchange* const exchange = find(id);
  if (exchange == nullptr) return true;
  http2::Head& head = exchange->arriving();
  const std::size_t before = head.cost();
  const bool was_refused = head.refused();
  const auto taken = head.add(name, value, http2::kHeads - std::min(head_bytes_, http2::kHeads));
  head_bytes_ += head.cost() - before;
  memory_.changed(before, head.cost());
  if (head.refused() && !was_refused) {
    const bool of_all = head_bytes_ + name.size() + value.size() + http2::kFieldCost > http2::kHeads;
    options_.refusals->add(of_all ? http2::Refusal::heads : http2::Refusal::head);
  }
  return taken != http2::Head::Taken::abuse;
}

void Http2Connection::on_head_end(http2::StreamId id, bool has_body) {
  head_since_ = SteadyTime::max();
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  const ExchangeRef exchange = found->second;
  if (exchange->take_head(has_body, peer_, options_)) {
    begun_.push_back(exchange);
  } else {
    count_one_request();  // it was refused, and is answered
  }
}

void Http2Connection::on_body(http2::StreamId id, std::string_view bytes) {
  if (Http2Exchange* const exchange = find(id)) {
    exchange->take_body(bytes);
  } else {
    session_.dropped(bytes.size());
  }
}

void Http2Connection::on_body_end(http2::StreamId id) {
  if (Http2Exchange* const exchange = find(id)) exchange->end_body();
}

void Http2Connection::on_answer_sent(http2::StreamId id) {
  if (Http2Exchange* const exchange = find(id)) exchange->answer_sent();
}

void Http2Connection::on_close(http2::StreamId id) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  const ExchangeRef exchange = std::move(found->second);
  streams_.erase(found);
  if (!exchange->head_known()) head_since_ = SteadyTime::max();
  if (streams_.empty()) quiet_since_ = std::chrono::steady_clock::now();
  if (const auto waiting = std::ranges::find(begun_, exchange); waiting != begun_.end()) begun_.erase(waiting);
  exchange->close();
}

void Http2Connection::forget_head(std::size_t bytes) noexcept {
  head_bytes_ -= bytes;
  memory_.changed(bytes, 0);
  begin_more();
}

void Http2Connection::begin_more() {
  if (may_begin()) bell_->wake();
}

http2::OutputPart Http2Connection::take_output(http2::StreamId id, std::span<std::uint8_t> into) {
  Http2Exchange* const exchange = find(id);
  return exchange == nullptr ? http2::OutputPart{} : exchange->take_output(into);
}

void Http2Connection::write_soon() {
  if (std::exchange(in_outbox_, true)) return;
  loop_.outbox.add(shared_from_this());
}

void Http2Connection::write_now() {
  in_outbox_ = false;
  // In an event of the session, nothing is written. The function that called the session writes afterwards.
  if (session_.inside()) return;
  try {
    write_frames();
  } catch (const std::bad_alloc&) {
    fail();  // as in receive()
  }
}

void Http2Connection::write_frames() {
  std::size_t written = 0;
  while (!ended_) {
    while (out_.size() - out_written_ < http2::kUnwritten) {
      const std::string_view frames = session_.send();
      if (frames.empty()) break;
      out_ += frames;
    }
    if (unwritten() == 0) {  // a read from the stream may have written its last bytes
      out_.clear();
      out_written_ = 0;
      break;
    }
    const Stream::Moved moved = peer_.stream->write_now(std::string_view(out_).substr(out_written_));
    out_written_ += moved.bytes;
    written += moved.bytes;
    if (moved.bytes > 0) blocked_since_ = SteadyTime::max();
    if (moved.ended) return fail();
    if (unwritten() > 0) return wait_for_room();
    out_.clear();
    out_written_ = 0;
    if (written < http2::kWrittenInATurn) continue;
    // The loop's other connections run first.
    asio::post(*loop_.context, [self = shared_from_this()] { self->write_soon(); });
    break;
  }
  if (out_.empty() && out_.capacity() > kKeepOutBytes) free_string(out_);
  if (over()) bell_->wake();
}

void Http2Connection::wait_for_room() {
  if (blocked_since_ == SteadyTime::max()) blocked_since_ = std::chrono::steady_clock::now();
  if (std::exchange(waits_for_room_, true)) return;
  asio::co_spawn(*loop_.context, write_rest(shared_from_this()), asio::detached);
}

Task<> Http2Connection::write_rest(std::shared_ptr<Http2Connection> self) {
  const bool room = co_await self->peer_.stream->wait_writable();
  self->waits_for_room_ = false;
  if (room) {
    self->write_now();
  } else {
    self->fail();
  }
}

/// The connection has failed. It can write no more bytes and answer no more requests.
void Http2Connection::fail() {
  ended_ = true;
  input_.end();
  bell_->wake();
}

void Http2Connection::drain() {
  if (std::exchange(draining_, true)) return;
  session_.announce_end();
  notice_at_ = std::chrono::steady_clock::now();
  for (Http2Exchange* const exchange : running_) exchange->wake();
  set_next_look(notice_at_);
  write_soon();
}

void Http2Connection::kill() {
  fail();
  end_streams();
  peer_.stream->close();
}

void Http2Connection::yield() {
  if (!parked_ || !is_quiet()) return;
  session_.end(NGHTTP2_NO_ERROR);
  write_now();  // the client sees that the server has ended the connection, and not the network
  kill();
}

}  // namespace faasta::http
