#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/connection.hpp"
#include "http/exchange.hpp"
#include "http/http1/body.hpp"
#include "http/http1/gate.hpp"
#include "http/http1/response_writer.hpp"

namespace faasta::http {

class Http1Connection;

/// One HTTP/1.1 request and its answer. All state of the request is here: the connection makes a new exchange for its
/// next request.
class Http1Exchange final : public Exchange {
 public:
  /// `head`: the bytes of the request's head. `received`: the time that received() returns.
  Http1Exchange(Http1Connection& connection, std::string_view head, SteadyTime received);

  /// Parses the head. Call it once, before all other members except refuse().
  [[nodiscard]] Result<> parse(const Opened& peer, const ConnectionOptions& options);
  /// Queues the answer to a request whose head could not be read. The connection ends after it.
  void refuse(const Error& error);

  const RequestHead& request() const override { return head_.request; }
  const Client& client() const override { return client_; }
  std::string_view request_id() const override { return request_id_; }
  SteadyTime received() const override { return received_; }
  void limit_body(std::uint64_t most) override { body_->limit(most); }
  void accept_body() override;
  BodyPart body() override;
  void head(std::uint16_t status, std::span<const FieldView> fields) override;
  void data(std::string_view bytes) override;
  void finish(std::span<const FieldView> trailers) override;
  void abort() override { aborted_ = true; }
  bool take_back() override;
  bool head_sent() const override { return writer_ && writer_->head_sent(); }
  bool ended() const override { return finished_ || aborted_; }
  bool aborted() const override { return aborted_; }
  std::size_t queued() const override;
  std::size_t room() const override { return queued() >= kMostQueued ? 0 : kMostQueued; }
  std::uint64_t body_bytes_sent() const override { return writer_ ? writer_->body_bytes() : 0; }
  Task<bool> flush() override;
  void flush_soon() override;
  Task<> wait() override;
  RunQueue& run_queue() override;
  Task<> wait_turn(OwnerId owner, RunQueue::Line line) override;
  WakeRef<> waker() override;
  std::unique_ptr<LoopWaiter> outlive() override;
  bool client_gone() const override;
  bool draining() const override;
  void set_deadline(SteadyTime deadline) override;
  bool deadline_passed() const override;

  /// Decides whether the connection goes on after this answer, and announces the decision in the answer's head. Call
  /// this before any byte of the head is written.
  void settle_connection();
  /// Whether another request may follow on the connection.
  [[nodiscard]] bool keeps_alive() const { return finished_ && writer_->keep_alive(); }
  /// Whether only a reset of the connection can show the client that the answer is incomplete.
  [[nodiscard]] bool needs_reset() const { return aborted_ && writer_->ends_with_connection(); }
  /// From now on, body() returns the rest of the body, so that the caller can drop it. False if the body's end cannot
  /// be found.
  [[nodiscard]] bool read_away();

 private:
  void begin_response();
  [[nodiscard]] bool leaves_too_much_body() const;

  Http1Connection& connection_;
  std::string text_;  ///< the bytes of the head; the views in head_ point into this text
  SteadyTime received_;
  Http1Head head_;
  Client client_;
  std::string request_id_;
  std::optional<Http1Body> body_;
  bool continue_due_ = false;  ///< the client waits for a 100 before it sends the body

  std::optional<ResponseWriter> writer_;
  std::uint64_t begin_ = 0;  ///< where the answer begins, in bytes of the connection's output
  bool settled_ = true;      ///< settle_connection() has nothing to do: no head is queued, or a byte of it is written
  bool finished_ = false;
  bool aborted_ = false;
};

}  // namespace faasta::http
