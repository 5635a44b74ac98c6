#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/connection.hpp"
#include "http/deadlines.hpp"
#include "http/doorbell.hpp"
#include "http/http2/exchange.hpp"
#include "http/http2/limits.hpp"
#include "http/http2/memory.hpp"
#include "http/http2/session.hpp"
#include "http/input.hpp"
#include "http/loop.hpp"
#include "http/outbox.hpp"

namespace faasta::http {

/// One HTTP/2 connection. Each of its streams is an exchange with its own coroutine. The connection holds the bytes
/// that wait in both directions. It lives until its own coroutine, the coroutines of its exchanges and its pending
/// waits have ended. Used on the thread of its loop.
class Http2Connection final : public Connection,
                              public HasDeadline,
                              public HasOutput,
                              public http2::SessionEvents,
                              public std::enable_shared_from_this<Http2Connection> {
 public:
  Http2Connection(Loop& loop, Opened opened, const ConnectionOptions& options);
  Http2Connection(const Http2Connection&) = delete;
  Http2Connection& operator=(const Http2Connection&) = delete;
  ~Http2Connection() override;

  Task<Ran> run(const Handler& handler) override;
  void when_active(std::move_only_function<void()> then) override;
  void drain() override;
  void kill() override;
  void yield() override;
  void on_deadline() override;
  /// Ends the connection, or its streams, if they have waited too long. on_deadline() calls this once a second.
  void look_at_clocks(SteadyTime now);
  /// Writes frames until the stream takes no more, at most http2::kWrittenInATurn bytes in a turn.
  void write_now() override;

  // The exchanges of this connection use these functions.
  [[nodiscard]] Loop& loop() noexcept { return loop_; }
  [[nodiscard]] http2::Session& session() noexcept { return session_; }
  [[nodiscard]] bool draining() const noexcept { return draining_; }
  /// Adds this connection to the loop's outbox, which writes the frames together with the loop's other answers.
  void write_soon();
  [[nodiscard]] http2::Memory& memory() noexcept { return memory_; }
  void output_taken(std::size_t bytes) noexcept { output_moved_ += bytes; }
  /// Starts handlers that wait for memory. Call this when memory was released.
  void begin_more();
  /// An exchange waits for the processor, before it has used much of it; then it has waited.
  void await_first_turn() noexcept { ++await_first_turn_; }
  void has_first_turn() {
    --await_first_turn_;
    begin_more();
  }
  /// Bytes of output that nghttp2 has taken from the exchanges since the connection began.
  [[nodiscard]] std::uint64_t output_moved() const noexcept { return output_moved_; }
  /// An exchange calls this function when the exchange ends. `bytes`: the memory that its head used.
  void forget_head(std::size_t bytes) noexcept;

  std::optional<http2::Refusal> on_request(http2::StreamId id) override;
  bool on_field(http2::StreamId id, std::string_view name, std::string_view value) override;
  void on_head_end(http2::StreamId id, bool has_body) override;
  void on_body(http2::StreamId id, std::string_view bytes) override;
  void on_body_end(http2::StreamId id) override;
  void on_answer_sent(http2::StreamId id) override;
  void on_close(http2::StreamId id) override;
  http2::OutputPart take_output(http2::StreamId id, std::span<std::uint8_t> into) override;

 private:
  using ExchangeRef = std::shared_ptr<Http2Exchange>;

  [[nodiscard]] Http2Exchange* find(http2::StreamId id);
  void receive();
  void count_text(std::size_t bytes);
  void count_one_request();
  void pause_until(SteadyTime at);
  void begin_some(const Handler& handler);
  /// Refuses the requests whose handlers have waited too long for memory.
  void refuse_late(SteadyTime now);
  [[nodiscard]] bool may_begin() const noexcept {
    return !begun_.empty() && memory_.room() > 0 && await_first_turn_ < http2::kAwaitFirstTurn &&
           resumes_at_ == SteadyTime::min();
  }
  static Task<> answer(std::shared_ptr<Http2Connection> self, ExchangeRef exchange, const Handler& handler);
  Task<> close();
  void end_streams();
  void fail();
  void write_frames();
  void wait_for_room();
  static Task<> write_rest(std::shared_ptr<Http2Connection> self);
  void set_next_look(SteadyTime now);
  [[nodiscard]] std::size_t unwritten() const noexcept;
  [[nodiscard]] bool over() const;
  /// Whether no request is under way and no byte waits in either direction.
  [[nodiscard]] bool is_quiet() const noexcept;

  Loop& loop_;
  Opened peer_;
  const ConnectionOptions& options_;
  WakeRef<Doorbell> bell_;
  Input input_;
  http2::Session session_;

  std::uint32_t requests_ = 0;  ///< number of requests since the connection began
  std::size_t head_bytes_ = 0;  ///< memory of the heads of all exchanges
  http2::Memory memory_;
  TokenBucket text_;
  std::size_t text_read_ = 0;  ///< bytes of text in the heads of the bytes that are being read
  std::uint64_t output_moved_ = 0;
  std::unordered_map<http2::StreamId, ExchangeRef> streams_;  ///< the streams that are not over
  std::vector<ExchangeRef> begun_;                            ///< exchanges whose handlers have not started yet
  unsigned await_first_turn_ = 0;
  std::vector<Http2Exchange*> running_;  ///< exchanges whose handlers have started and have not ended

  std::string out_;
  std::size_t out_written_ = 0;
  bool in_outbox_ = false;
  bool waits_for_room_ = false;

  const SteadyTime opened_at_;
  SteadyTime quiet_since_;                        ///< since this time, there is no stream
  SteadyTime blocked_since_ = SteadyTime::max();  ///< since this time, the client takes no bytes
  SteadyTime head_since_ = SteadyTime::max();     ///< since this time, a head is incomplete
  SteadyTime resumes_at_ = SteadyTime::min();     ///< nothing is read until then: a rate was exceeded
  SteadyTime notice_at_ = SteadyTime::max();      ///< when the client was told that the connection will end
  bool started_ = false;
  bool rests_ = false;   ///< run() must return soon
  bool parked_ = false;  ///< run() has returned; the server calls run() again when there is something to do
  bool draining_ = false;
  bool last_goaway_ = false;
  bool broken_ = false;   ///< no more bytes from the client are used
  bool lingers_ = false;  ///< the client's last bytes are read and dropped
  bool ended_ = false;    ///< no more frames are sent or received
};

}  // namespace faasta::http
