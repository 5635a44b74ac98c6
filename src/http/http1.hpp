#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/background.hpp"
#include "http/chunked.hpp"
#include "http/client.hpp"
#include "http/deadlines.hpp"
#include "http/doorbell.hpp"
#include "http/exchange.hpp"
#include "http/gate.hpp"
#include "http/outbox.hpp"
#include "http/read_buffer.hpp"
#include "http/response_writer.hpp"

namespace faasta::http {

/// Answers one exchange. What it throws ends the connection.
using Handler = std::function<Task<>(Exchange&)>;

/// Times after which a connection that does nothing is ended.
struct Timeouts {
  std::chrono::milliseconds head{10'000};
  std::chrono::milliseconds idle{60'000};
  std::chrono::milliseconds write_stall{30'000};
};

/// What the connections of a listener have in common.
struct Http1Options {
  HeadLimits limits;
  Timeouts timeouts;
  TrustedProxies trusted;
  bool proxy_protocol = false;  ///< each connection begins with a PROXY header, from a trusted proxy
};

/// One HTTP/1.1 connection: it is the exchange of its current request. It lives until its coroutine and its
/// outstanding read have ended, all on the thread of its loop.
class Http1Connection final : public Exchange,
                              public HasDeadline,
                              public HasOutput,
                              public std::enable_shared_from_this<Http1Connection> {
 public:
  Http1Connection(asio::ip::tcp::socket socket, const std::shared_ptr<asio::io_context>& loop, Deadlines& deadlines,
                  Outbox& outbox, Background& background, OpenCount& outliving, const Http1Options& options);
  Http1Connection(const Http1Connection&) = delete;
  Http1Connection& operator=(const Http1Connection&) = delete;
  ~Http1Connection() override;

  /// Answers requests until the connection ends. False if it did not begin with the PROXY header that it should have.
  Task<bool> run(const Handler& handler);
  /// Ends it once its current request is answered; at once if there is none.
  void drain() override;
  /// Ends it now: the request under way finds its client gone.
  void kill() override;

  const RequestHead& request() const override { return head_; }
  const Client& client() const override { return forwarded_ ? *forwarded_ : peer_; }
  std::string_view request_id() const override { return request_id_; }
  SteadyTime received() const override { return received_; }
  void limit_body(std::uint64_t most) override { body_limit_ = most; }
  void accept_body() override;
  BodyPart body() override;
  void head(std::uint16_t status, std::span<const FieldView> fields) override;
  void data(std::string_view bytes) override;
  void finish(std::span<const FieldView> trailers) override;
  void abort() override;
  bool take_back() override;
  bool head_sent() const override { return writer_ && writer_->head_sent(); }
  bool ended() const override { return finished_ || aborted_; }
  bool aborted() const override { return aborted_; }
  std::size_t queued() const override { return out_.size() - out_written_; }
  std::uint64_t body_bytes_sent() const override { return writer_ ? writer_->body_bytes() : 0; }
  Task<bool> flush() override;
  void flush_soon() override;
  void write_now() override;
  Task<> wait() override;
  Task<> step_back() override;
  WakeRef<> waker() override { return bell_; }
  std::unique_ptr<LoopWaiter> outlive() override;
  bool client_gone() const override { return read_ended_ || write_failed_; }
  bool draining() const override { return draining_; }
  void set_deadline(SteadyTime deadline) override;
  bool deadline_passed() const override { return deadline_passed_; }
  void on_deadline() override;

 private:
  /// Bytes of body that may wait here for the handler; beyond them the client is held back.
  static constexpr std::size_t kBodyBuffer = 64U << 10U;

  enum class Phase : std::uint8_t { idle, reading_head, exchanging };

  Task<bool> read_proxy_header();
  void set_peer(const asio::ip::address& address);
  Task<bool> read_head();
  Task<> exchange_once(const Handler& handler);
  Task<> refuse(const Error& error);
  Task<bool> drain_body();
  /// Decides, before anything of the answer's head is written, whether the connection goes on, and has the head say it.
  void settle_connection();
  [[nodiscard]] bool leaves_too_much_body() const;
  Task<> close();
  Task<> linger();
  void begin_exchange();
  void begin_response();
  void start_read();
  /// What of the body has arrived already, without waiting a turn of the loop for it.
  void read_now();
  void write_some();
  Task<> write_rest();
  BodyPart next_chunked();
  BodyPart broken_body();
  void choose_request_id();

  asio::ip::tcp::socket socket_;
  Deadlines& deadlines_;
  Outbox& outbox_;
  Background& background_;
  OpenCount& outliving_;
  const Http1Options& options_;
  WakeRef<Doorbell> bell_;
  Client peer_;
  bool peer_trusted_ = false;

  ReadBuffer in_;
  bool reading_ = false;
  bool read_ended_ = false;
  std::size_t scanned_ = 0;

  // The current request.
  std::string head_bytes_;
  RequestHead head_;
  std::optional<Client> forwarded_;  // what a trusted proxy says of it
  std::string request_id_;
  SteadyTime received_;
  std::uint64_t body_limit_ = 0;
  std::uint64_t body_left_ = 0;
  std::uint64_t body_received_ = 0;
  std::size_t body_unconsumed_ = 0;  // bytes of the last part, still in in_
  std::optional<ChunkDecoder> chunks_;
  bool body_ended_ = false;
  bool body_broken_ = false;
  bool body_refused_ = false;  // chunked, and over its limit: how much is left nobody knows
  bool continue_due_ = false;

  // The current response.
  std::optional<ResponseWriter> writer_;
  std::string out_;
  std::size_t out_written_ = 0;     // bytes of out_ that the socket took
  std::size_t out_begin_ = 0;       // where in out_ the current response begins
  bool out_begun_ = false;          // the socket took bytes of the current response, and they cannot be taken back
  bool connection_settled_ = true;  // nothing to decide: no head is queued, or some of it is written
  bool finished_ = false;
  bool aborted_ = false;
  bool write_failed_ = false;
  bool in_outbox_ = false;  // the outbox will write out_

  Phase phase_ = Phase::idle;
  SteadyTime exchange_deadline_ = SteadyTime::max();
  bool deadline_passed_ = false;
  bool writing_ = false;
  bool draining_ = false;
};

}  // namespace faasta::http
