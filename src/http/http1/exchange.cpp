#include "http/http1/exchange.hpp"

#include "base/propagate.hpp"
#include "http/http1/connection.hpp"
#include "http/problem.hpp"
#include "http/request_origin.hpp"

namespace faasta::http {

Http1Exchange::Http1Exchange(Http1Connection& connection, std::string_view head, SteadyTime received)
    : connection_(connection), text_(head), received_(received) {}

Result<> Http1Exchange::parse(const Opened& peer, const ConnectionOptions& options) {
  ASSIGN_OR_RETURN(head_, parse_head(text_, options.limits));
  client_ = peer.client;
  RETURN_IF_ERROR(find_origin(head_.request, client_, peer, options));
  head_.drop_fields_of_connection();
  request_id_ = choose_request_id(head_.request);
  body_.emplace(head_);
  continue_due_ = head_.expects_continue && !body_->ended();
  begin_response();
  return {};
}

void Http1Exchange::refuse(const Error& error) {
  head_ = Http1Head();
  head_.keep_alive = false;
  request_id_ = choose_request_id(head_.request);
  body_.emplace(head_);
  begin_response();
  answer_problem(*this, error);
}

void Http1Exchange::begin_response() {
  writer_.emplace(connection_.output(),
                  ResponseWriter::Options{head_.request.method == "HEAD", head_.keep_alive,
                                          head_.request.takes_trailers, head_.minor_version, client_.hsts});
  finished_ = aborted_ = false;
  settled_ = true;
}

void Http1Exchange::accept_body() {
  // A 100 is sent only before the head of the final response. After this head, a client would read the 100 as part of
  // the body.
  if (!continue_due_ || head_sent()) return;
  connection_.output() += "HTTP/1.1 100 Continue\r\n\r\n";
  continue_due_ = false;
}

BodyPart Http1Exchange::body() {
  accept_body();
  return body_->next(connection_.input());
}

bool Http1Exchange::leaves_too_much_body() const {
  // A client that waits for a 100 may never send the body.
  return continue_due_ || body_->has_no_end() || (finished_ && body_->leaves_much());
}

void Http1Exchange::settle_connection() {
  if (settled_) return;
  settled_ = true;
  if (connection_.draining() || leaves_too_much_body()) writer_->announce_close();
}

bool Http1Exchange::read_away() {
  if (continue_due_ || body_->has_no_end()) return false;
  body_->read_away();
  return true;
}

void Http1Exchange::head(std::uint16_t status, std::span<const FieldView> fields) {
  begin_ = connection_.bytes_queued();
  writer_->head(status, fields, request_id_);
  settled_ = false;
  constexpr std::uint16_t kRequestTimeout = 408;  // RFC 9110 section 15.5.9: do not wait for the whole request
  if (status == kRequestTimeout) writer_->announce_close();
}

void Http1Exchange::data(std::string_view bytes) {
  if (!ended() && !writer_->data(bytes)) abort();
}

void Http1Exchange::finish(std::span<const FieldView> trailers) {
  if (ended()) return;
  if (!writer_->finish(trailers)) return abort();
  finished_ = true;
}

bool Http1Exchange::take_back() {
  if (!connection_.take_back(begin_)) return false;
  begin_response();
  return true;
}

std::size_t Http1Exchange::queued() const { return connection_.queued(); }
Task<bool> Http1Exchange::flush() { return connection_.flush(); }
void Http1Exchange::flush_soon() { connection_.flush_soon(); }
Task<> Http1Exchange::wait() { return connection_.wait(); }
RunQueue& Http1Exchange::run_queue() { return connection_.run_queue(); }

Task<> Http1Exchange::wait_turn(OwnerId owner, RunQueue::Line line) { return connection_.wait_turn(owner, line); }
WakeRef<> Http1Exchange::waker() { return connection_.waker(); }
std::unique_ptr<LoopWaiter> Http1Exchange::outlive() { return connection_.outlive(); }
bool Http1Exchange::client_gone() const { return connection_.client_gone(); }
bool Http1Exchange::draining() const { return connection_.draining(); }
void Http1Exchange::set_deadline(SteadyTime deadline) { connection_.set_deadline(deadline); }
bool Http1Exchange::deadline_passed() const { return connection_.deadline_passed(); }

}  // namespace faasta::http
