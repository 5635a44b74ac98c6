#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/kept.hpp"
#include "http/connection.hpp"
#include "http/deadlines.hpp"
#include "http/doorbell.hpp"
#include "http/http1/exchange.hpp"
#include "http/input.hpp"
#include "http/loop.hpp"
#include "http/outbox.hpp"

namespace faasta::http {

/// One HTTP/1.1 connection. It answers its requests one after the other, and holds the bytes that wait in both
/// directions. It lives until its coroutine and its outstanding read have ended. Used on the thread of its loop.
class Http1Connection final : public Connection,
                              public HasDeadline,
                              public HasOutput,
                              public std::enable_shared_from_this<Http1Connection> {
 public:
  Http1Connection(Loop& loop, Opened opened, const ConnectionOptions& options);
  Http1Connection(const Http1Connection&) = delete;
  Http1Connection& operator=(const Http1Connection&) = delete;
  ~Http1Connection() override = default;

  Task<Ran> run(const Handler& handler) override;
  void when_active(std::move_only_function<void()> then) override;
  void drain() override;
  void kill() override;
  void on_deadline() override;
  void yield() override;
  void write_now() override;

  // The exchange of this connection uses the members below. `Exchange` documents them.
  [[nodiscard]] Input& input() noexcept { return input_; }
  /// Append bytes here; flush() or flush_soon() writes them.
  [[nodiscard]] std::string& output() noexcept { return out_; }
  [[nodiscard]] std::size_t queued() const noexcept { return out_.size() - out_written_ + peer_.stream->unwritten(); }
  /// The number of bytes queued since the connection began, including the bytes that the stream has taken.
  [[nodiscard]] std::uint64_t bytes_queued() const noexcept { return bytes_written_ + out_.size() - out_written_; }
  /// Removes all queued bytes from position `begin` on. The position counts from the start of the connection, as
  /// bytes_queued() does. False if one of these bytes is already written.
  [[nodiscard]] bool take_back(std::uint64_t begin);
  [[nodiscard]] Task<bool> flush();
  void flush_soon();
  [[nodiscard]] Task<> wait();
  [[nodiscard]] RunQueue& run_queue() noexcept { return loop_.run_queue; }
  [[nodiscard]] Task<> wait_turn(OwnerId owner, RunQueue::Line line);
  [[nodiscard]] WakeRef<> waker() { return bell_; }
  [[nodiscard]] std::unique_ptr<LoopWaiter> outlive();
  [[nodiscard]] bool client_gone() const noexcept { return input_.ended() || write_failed_; }
  [[nodiscard]] bool draining() const noexcept { return draining_; }
  void set_deadline(SteadyTime deadline);
  [[nodiscard]] bool deadline_passed() const noexcept { return deadline_passed_; }

 private:
  enum class Head : std::uint8_t { complete, none, idle };
  Task<Head> read_head();
  Task<> answer(const Handler& handler);
  Task<> wait_until(SteadyTime time);
  Task<> refuse(const Error& error);
  Task<bool> drain_body();
  Task<> close();
  Task<> linger();
  void await_input();
  void write_some();
  Task<> write_rest();

  Loop& loop_;
  Opened peer_;
  const ConnectionOptions& options_;
  WakeRef<Doorbell> bell_;
  Input input_;

  std::string out_;
  std::size_t out_written_ = 0;      ///< bytes of out_ that the stream has taken
  std::uint64_t bytes_written_ = 0;  ///< bytes that the stream has taken since the connection began
  bool writing_ = false;
  bool write_failed_ = false;
  bool in_outbox_ = false;  ///< the outbox will write out_
  bool deadline_passed_ = false;
  bool draining_ = false;
  bool idle_ = false;  ///< run() has returned and will be called again

  Kept<Http1Exchange> exchange_;  ///< empty between two requests
  SteadyTime deadline_ = SteadyTime::max();
};

}  // namespace faasta::http
