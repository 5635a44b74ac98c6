#include "http/http2/exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/free_string.hpp"
#include "base/text.hpp"
#include "http/http2/connection.hpp"
#include "http/http2/limits.hpp"
#include "http/problem.hpp"
#include "http/request_origin.hpp"
#include "http/trailer.hpp"

namespace faasta::http {
namespace {

/// Appends `bytes`. The buffer does not double its memory as std::string does, because each of many streams has a
/// buffer.
void append(std::string& to, std::string_view bytes) {
  if (const std::size_t needed = to.size() + bytes.size(); needed > to.capacity() && needed > http2::kKeepBytes) {
    std::string larger;
    larger.reserve(needed + needed / 8);
    larger.append(to);
    to = std::move(larger);
  }
  to.append(bytes);
}

/// The fields whose value is another one in each answer, or in each second. They do not go into the compression tables
/// (RFC 7541 section 2.3.2): there they would only use memory, also of a connection that is idle.
bool changes(std::string_view name) { return name == "x-request-id" || name == "date" || name == "server-timing"; }

nghttp2_nv pair(std::string_view name, std::string_view value) {
  // nghttp2 copies the name and the value, and does not change them.
  const auto flags = changes(name) ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
  return {.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
          .value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())),
          .namelen = name.size(),
          .valuelen = value.size(),
          .flags = static_cast<std::uint8_t>(flags)};
}

}  // namespace

Http2Exchange::Http2Exchange(Http2Connection& connection, http2::StreamId id, SteadyTime received)
    : connection_(connection),
      id_(id),
      received_(received),
      bell_(Doorbell::make(connection.loop().context)),
      window_(http2::kStreamWindow) {}

Http2Exchange::~Http2Exchange() {
  connection_.memory().changed(memory_, 0);
  connection_.forget_head(head_fields_.cost() + trailer_fields_.cost());
}

void Http2Exchange::count_memory() {
  const std::size_t now =
      body_.capacity() + lent_.capacity() + out_.capacity() + text_.capacity() + places_.capacity() * sizeof(Place);
  const std::size_t before = std::exchange(memory_, now);
  connection_.memory().changed(before, now);
  if (now < before) connection_.begin_more();
}

bool Http2Exchange::take_head(bool has_body, const Opened& peer, const ConnectionOptions& options) {
  head_known_ = true;
  client_ = peer.client;
  auto request = head_fields_.request(has_body, options.limits);
  Result<> known;
  if (request) {
    request_ = std::move(*request);
    known = find_origin(request_, client_, peer, options);
  } else {
    known = std::unexpected(request.error());
    request_.method = head_fields_.method();
  }
  body_ended_ = !has_body;
  continue_due_ = known && has_body && head_fields_.expects_continue();
  request_id_ = choose_request_id(request_);
  if (known) return true;
  body_refused_ = true;
  answer_problem(*this, known.error());
  settle();
  return false;
}

void Http2Exchange::take_body(std::string_view bytes) {
  if (body_refused_ || closed_) return connection_.session().dropped(bytes.size());
  if (connection_.memory().is_over_share()) {
    body_refused_ = true;
    connection_.session().dropped(bytes.size());
    return connection_.session().refuse(id_, NGHTTP2_ENHANCE_YOUR_CALM, http2::Refusal::memory);
  }
  append(body_, bytes);
  count_memory();
  wake();
}

void Http2Exchange::end_body() {
  if (std::exchange(body_ended_, true)) return;  // the request has no body
  if (auto trailers = trailer_fields_.trailers()) {
    trailers_ = std::move(*trailers);
  } else {
    body_broken_ = true;
  }
  wake();
}

void Http2Exchange::close() {
  closed_ = true;
  // If request and answer are complete, the handler can still read the body that has arrived. Then it is not told to
  // end.
  if (!answer_sent_ || !body_ended_) lose();
}

void Http2Exchange::lose() {
  closed_ = true;
  if (std::exchange(gone_, true)) return;
  drop_body();
  drop_output();
  wake();
  if (drained_) drained_->wake();
}

/// The handler takes no more bytes of the body. The bytes that it has not taken must not use up the connection's
/// window. The part that was lent stays in memory, because the handler may be reading it.
void Http2Exchange::drop_body() {
  const std::size_t bytes = std::exchange(body_lent_, 0) + body_.size();
  if (bytes > 0) connection_.session().dropped(bytes);
  free_string(body_);
}

void Http2Exchange::drop_output() {
  free_string(out_);
  out_taken_ = 0;
  count_memory();
}

void Http2Exchange::answer_sent() {
  answer_sent_ = true;
  // RFC 9113 section 8.1: the answer is complete, and the server does not need the rest of the request.
  if (settled_ && !body_ended_) connection_.session().reset(id_, NGHTTP2_NO_ERROR);
}

void Http2Exchange::accept_body() {
  if (!continue_due_ || head_queued_) return;
  continue_due_ = false;
  if (closed_) return;
  const nghttp2_nv status = pair(":status", "100");
  connection_.session().inform(id_, {&status, 1});
  connection_.write_soon();
}

void Http2Exchange::give_credit(std::size_t bytes) {
  if (closed_) return connection_.session().dropped(bytes);
  connection_.session().taken(id_, bytes);
  credit_since_widened_ += bytes;
  // If a handler takes a whole window of bytes before the body ends, a wider window makes the body faster.
  if (credit_since_widened_ >= static_cast<std::size_t>(window_) && window_ < http2::kMostStreamWindow &&
      !body_ended_) {
    window_ = std::min(window_ * 2, http2::kMostStreamWindow);
    credit_since_widened_ = 0;
    connection_.session().widen(id_, window_);
  }
  connection_.write_soon();
}

BodyPart Http2Exchange::body() {
  using enum BodyPart::Kind;
  accept_body();
  if (const std::size_t lent = std::exchange(body_lent_, 0); lent > 0) {
    body_bytes_ += lent;
    if (lent_.capacity() > http2::kKeepBytes) free_string(lent_);
    lent_.clear();
    count_memory();
    give_credit(lent);
  }
  if (gone_) return {broken, {}, {}};
  const std::size_t here = body_.size();
  if (request_.body_length.value_or(0) > limit_ || body_bytes_ + here > limit_) {
    body_refused_ = true;
    return {too_large, {}, {}};
  }
  if (here > 0) {
    // Bytes that arrive while the handler reads this part, perhaps in another thread, go into the other buffer.
    std::swap(lent_, body_);
    body_lent_ = here;
    return {data, lent_, {}};
  }
  if (body_broken_) return {broken, {}, {}};
  if (body_ended_) return {end, {}, trailers_ ? std::span<const Field>(*trailers_) : std::span<const Field>()};
  return {};
}

void Http2Exchange::append_field(std::string_view name, std::string_view value) {
  places_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
                     static_cast<std::uint32_t>(value.size())});
  for (const char c : name) text_ += lowered(c);  // RFC 9113 section 8.2
  text_ += value;
}

std::vector<nghttp2_nv> Http2Exchange::field_list(std::size_t from) const {
  std::vector<nghttp2_nv> list;
  list.reserve(places_.size() - from);
  const std::string_view text(text_);
  for (std::size_t i = from; i < places_.size(); ++i) {
    const Place& place = places_[i];
    list.push_back(pair(text.substr(place.begin, place.name), text.substr(place.begin + place.name, place.value)));
  }
  return list;
}

void Http2Exchange::head(std::uint16_t status, std::span<const FieldView> fields) {
  text_.clear();
  places_.clear();
  const auto write = [this](std::string_view name, std::string_view value) { append_field(name, value); };
  write(":status", fmt::format_int(status).c_str());
  answer_ = write_fields(status, fields, request_.method == "HEAD", write);
  write_own_fields(answer_, request_id_, client_.hsts, write);
  trailers_from_ = places_.size();
  content_ = ContentCount(answer_);
  head_queued_ = true;
  count_memory();
}

void Http2Exchange::data(std::string_view bytes) {
  if (ended() || closed_ || bytes.empty() || !answer_.has_content) return;
  if (!content_.add(bytes.size())) return abort();
  if (out_taken_ > 0 && out_taken_ == out_.size()) {
    out_.clear();
    out_taken_ = 0;
  }
  append(out_, bytes);
  count_memory();
}

void Http2Exchange::finish(std::span<const FieldView> trailers) {
  if (ended()) return;
  if (!content_.is_whole()) return abort();
  if (answer_.has_content && request_.takes_trailers) {
    for (const FieldView& field : trailers)
      if (may_be_trailer(field.name)) append_field(field.name, field.value);
    count_memory();
  }
  finished_ = true;
}

bool Http2Exchange::take_back() {
  if (submitted_) return false;
  drop_output();
  text_.clear();
  places_.clear();
  head_queued_ = finished_ = aborted_ = false;
  content_ = ContentCount();
  return true;
}

void Http2Exchange::submit() {
  if (closed_ || !head_queued_) return;
  if (submitted_) return connection_.session().resume(id_);
  submitted_ = true;
  const bool has_trailers = places_.size() > trailers_from_;
  const bool whole = finished_ && waiting() == 0 && !has_trailers;
  auto list = field_list(0);
  list.resize(trailers_from_);
  connection_.session().respond(id_, list, whole);
  if (has_trailers) return;
  // nghttp2 has copied the head.
  free_string(text_);
  places_ = std::vector<Place>();
  trailers_from_ = 0;
  count_memory();
}

http2::OutputPart Http2Exchange::take_output(std::span<std::uint8_t> into) {
  http2::OutputPart part;
  part.bytes = std::min(into.size(), waiting());
  std::copy_n(out_.begin() + static_cast<std::ptrdiff_t>(out_taken_), part.bytes, into.begin());
  out_taken_ += part.bytes;
  moved_ += part.bytes;
  connection_.output_taken(part.bytes);
  if (waiting() > 0) return part;  // bytes that were taken stay in memory until all bytes are taken
  check_from_ = SteadyTime::max();
  if (out_.capacity() > http2::kKeepBytes) free_string(out_);
  out_.clear();
  out_taken_ = 0;
  count_memory();
  if (drained_) drained_->wake();
  if (finished_) {
    part.ended = true;
    trailer_list_ = field_list(trailers_from_);
    part.trailers = trailer_list_;
  }
  return part;
}

std::size_t Http2Exchange::room() const {
  // Even at the memory limit of the connection, each stream can go on. Otherwise a client that reads only one stream
  // could wait for ever.
  const std::size_t most = std::clamp(connection_.memory().room(), http2::kLeastOutput, kMostQueued);
  return most - std::min(most, waiting());
}

Task<bool> Http2Exchange::flush() {
  submit();
  connection_.write_now();
  while (waiting() > 0 && !gone_ && !deadline_passed_) {
    if (!drained_) drained_ = bell_->another();
    co_await drained_->wait();
  }
  co_return !gone_ && !deadline_passed_;
}

void Http2Exchange::flush_soon() {
  submit();
  connection_.write_soon();
}

void Http2Exchange::settle() {
  deadline_passed_ = false;
  connection_.loop().deadlines.set(*this, SteadyTime::max());
  settled_ = true;
  body_refused_ = true;  // bytes of the body that arrive later are dropped
  if (!gone_) drop_body();
  free_string(lent_);
  count_memory();
  if (closed_) return connection_.write_soon();
  if (!finished_ || aborted_) {
    connection_.session().reset(id_, NGHTTP2_INTERNAL_ERROR);
  } else {
    submit();
    if (answer_sent_) answer_sent();
  }
  connection_.write_soon();
}

bool Http2Exchange::is_stalled(SteadyTime now) {
  // nghttp2 sends the end of a body only while the client's window is open, although the end has no bytes.
  const bool ends = finished_ && submitted_ && !answer_sent_;
  if ((waiting() == 0 && !ends) || closed_) {
    check_from_ = SteadyTime::max();
    return false;
  }
  // If the client's window for this stream is open, the stream may be waiting for another stream: answers are sent one
  // after the other (RFC 9218 section 10).
  const std::uint64_t all_moved = connection_.output_moved();
  const bool moves = moved_ - moved_at_check_ >= http2::kProgress ||
                     (connection_.session().has_window(id_) && all_moved - all_moved_at_check_ >= http2::kProgress);
  if (check_from_ == SteadyTime::max() || moves) {
    check_from_ = now;
    moved_at_check_ = moved_;
    all_moved_at_check_ = all_moved;
    return false;
  }
  return now - check_from_ >= http2::kStall;
}

RunQueue& Http2Exchange::run_queue() { return connection_.loop().run_queue; }

Task<> Http2Exchange::wait_turn(OwnerId owner, RunQueue::Line line) {
  if (line != RunQueue::Line::first) co_return co_await connection_.loop().run_queue.wait(owner, line);
  connection_.await_first_turn();
  co_await connection_.loop().run_queue.wait(owner, line);
  connection_.has_first_turn();
}

std::unique_ptr<LoopWaiter> Http2Exchange::outlive() {
  return std::make_unique<LoopWaiter>(bell_->another(), connection_.loop());
}

bool Http2Exchange::draining() const { return connection_.draining(); }

void Http2Exchange::set_deadline(SteadyTime deadline) {
  deadline_passed_ = deadline_passed_ && deadline <= std::chrono::steady_clock::now();
  connection_.loop().deadlines.set(*this, deadline);
}

void Http2Exchange::on_deadline() {
  deadline_passed_ = true;
  wake();
  if (drained_) drained_->wake();
}

}  // namespace faasta::http
