#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/connection.hpp"
#include "http/deadlines.hpp"
#include "http/doorbell.hpp"
#include "http/exchange.hpp"
#include "http/http2/head.hpp"
#include "http/http2/session.hpp"
#include "http/response_head.hpp"

namespace faasta::http {

class Http2Connection;

/// One stream of an HTTP/2 connection: a request and its answer. The connection holds a reference to this object until
/// the stream is over, and the handler's coroutine holds one until the handler ends.
class Http2Exchange final : public Exchange, public HasDeadline {
 public:
  Http2Exchange(Http2Connection& connection, http2::StreamId id, SteadyTime received);
  ~Http2Exchange() override;
  Http2Exchange(const Http2Exchange&) = delete;
  Http2Exchange& operator=(const Http2Exchange&) = delete;

  // The connection calls these functions.
  [[nodiscard]] http2::StreamId id() const noexcept { return id_; }
  /// Returns the object that collects the fields that arrive: the fields of the head, and later the fields of the
  /// trailers.
  [[nodiscard]] http2::Head& arriving() noexcept { return head_known_ ? trailer_fields_ : head_fields_; }
  /// Checks the complete head. False if it is wrong: then the answer is already queued, and the handler must not run.
  [[nodiscard]] bool take_head(bool has_body, const Opened& peer, const ConnectionOptions& options);
  void take_body(std::string_view bytes);
  void end_body();
  /// Called when the stream is over.
  void close();
  /// The client is gone: it has reset the stream, or the connection is over. Tells the handler to end.
  void lose();
  [[nodiscard]] http2::OutputPart take_output(std::span<std::uint8_t> into);
  void answer_sent();
  /// Wakes the handler. Call this when something has changed for which the handler may be waiting.
  void wake() { bell_->wake(); }
  /// The connection calls this when the handler has ended. An answer that is not complete is broken off.
  void settle();
  /// Whether the client reads the answer too slowly: output waits, and during http2::kStall fewer than http2::kProgress
  /// bytes were sent.
  [[nodiscard]] bool is_stalled(SteadyTime now);
  [[nodiscard]] bool head_known() const noexcept { return head_known_; }

  const RequestHead& request() const override { return request_; }
  const Client& client() const override { return client_; }
  std::string_view request_id() const override { return request_id_; }
  SteadyTime received() const override { return received_; }
  void limit_body(std::uint64_t most) override { limit_ = most; }
  void accept_body() override;
  BodyPart body() override;
  void head(std::uint16_t status, std::span<const FieldView> fields) override;
  void data(std::string_view bytes) override;
  void finish(std::span<const FieldView> trailers) override;
  void abort() override { aborted_ = true; }
  bool take_back() override;
  bool head_sent() const override { return head_queued_; }
  bool ended() const override { return finished_ || aborted_; }
  bool aborted() const override { return aborted_; }
  std::size_t queued() const override { return waiting(); }
  std::size_t room() const override;
  std::uint64_t body_bytes_sent() const override { return content_.bytes(); }
  Task<bool> flush() override;
  void flush_soon() override;
  Task<> wait() override { return bell_->wait(); }
  RunQueue& run_queue() override;
  Task<> wait_turn(OwnerId owner, RunQueue::Line line) override;
  WakeRef<> waker() override { return bell_; }
  std::unique_ptr<LoopWaiter> outlive() override;
  bool client_gone() const override { return gone_; }
  bool draining() const override;
  void set_deadline(SteadyTime deadline) override;
  bool deadline_passed() const override { return deadline_passed_; }
  void on_deadline() override;

 private:
  void submit();
  void append_field(std::string_view name, std::string_view value);
  [[nodiscard]] std::vector<nghttp2_nv> field_list(std::size_t from) const;
  void give_credit(std::size_t bytes);
  [[nodiscard]] std::size_t waiting() const noexcept { return out_.size() - out_taken_; }
  void count_memory();
  void drop_body();
  void drop_output();

  Http2Connection& connection_;
  const http2::StreamId id_;
  const SteadyTime received_;
  WakeRef<Doorbell> bell_;
  WakeRef<Doorbell> drained_;  ///< rings when output was taken or dropped; made when flush() has to wait

  http2::Head head_fields_;
  http2::Head trailer_fields_;
  bool head_known_ = false;
  RequestHead request_;
  Client client_;
  std::string request_id_;
  bool continue_due_ = false;  ///< the client waits for a 100 before it sends the body

  std::string body_;           ///< bytes of the request's body that the handler has not taken
  std::string lent_;           ///< the part that body() returned last. Nothing moves it while the handler reads it
  std::size_t body_lent_ = 0;  ///< bytes of lent_ for which the client has no credit yet
  std::uint64_t body_bytes_ = 0;
  std::uint64_t limit_ = 0;
  std::int32_t window_;
  std::size_t credit_since_widened_ = 0;
  bool body_ended_ = false;
  bool body_refused_ = false;
  bool body_broken_ = false;  ///< the trailers are too large
  std::optional<std::vector<Field>> trailers_;

  // The fields of the answer's head and trailers are stored one after the other in text_.
  struct Place {
    std::uint32_t begin, name, value;
  };
  std::string text_;
  std::vector<Place> places_;
  std::vector<nghttp2_nv> trailer_list_;
  std::size_t trailers_from_ = 0;  ///< index of the first trailer in places_
  ResponseHead answer_;
  ContentCount content_;
  std::string out_;
  std::size_t out_taken_ = 0;
  std::size_t memory_ = 0;  ///< bytes of the buffers that memory_ of the connection counts
  bool head_queued_ = false;
  bool submitted_ = false;
  bool finished_ = false;
  bool aborted_ = false;
  bool settled_ = false;  ///< the handler has ended
  bool answer_sent_ = false;
  bool closed_ = false;  ///< no frame of the stream follows in either direction
  bool gone_ = false;    ///< the stream was closed before request and answer were complete

  std::uint64_t moved_ = 0;  ///< bytes of output that nghttp2 has taken
  std::uint64_t moved_at_check_ = 0;
  std::uint64_t all_moved_at_check_ = 0;       ///< bytes of all streams' output that were taken until the last check
  SteadyTime check_from_ = SteadyTime::max();  ///< since this time, output waits without enough progress
  bool deadline_passed_ = false;
};

}  // namespace faasta::http
