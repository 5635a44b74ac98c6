#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/field.hpp"
#include "http/exchange.hpp"
#include "http/loop_waiter.hpp"
#include "http/response_head.hpp"

namespace faasta::http {

/// A request of the server itself, without a client and without a body. The answer is thrown away; only its status
/// stays. Used on the thread of the waiter's loop. When the listener stops, the exchange counts as work that goes on
/// after its connection: it ends within the time that requests under way have.
class InternalExchange final : public Exchange {
 public:
  struct Asked {
    std::string method, target;
    std::string host;
    std::string_view scheme;  ///< of the function's address; a literal
    std::vector<Field> fields;
  };
  InternalExchange(std::unique_ptr<LoopWaiter> waiter, Asked asked);

  /// 0: there was no answer.
  [[nodiscard]] std::uint16_t status() const noexcept { return status_; }

  const RequestHead& request() const override { return head_; }
  const Client& client() const override { return client_; }
  std::string_view request_id() const override { return request_id_; }
  SteadyTime received() const override { return received_; }
  void limit_body(std::uint64_t /*most*/) override {}
  void accept_body() override {}
  BodyPart body() override { return {BodyPart::Kind::end, {}, {}}; }
  void head(std::uint16_t status, std::span<const FieldView> fields) override;
  void data(std::string_view bytes) override;
  void finish(std::span<const FieldView> trailers) override;
  void abort() override { aborted_ = true; }
  bool take_back() override;
  bool head_sent() const override { return status_ != 0; }
  bool ended() const override { return finished_ || aborted_; }
  bool aborted() const override { return aborted_; }
  std::size_t queued() const override { return 0; }
  std::size_t room() const override { return kMostQueued; }
  std::uint64_t body_bytes_sent() const override { return content_.bytes(); }
  Task<bool> flush() override;
  void flush_soon() override {}
  Task<> wait() override { return waiter_->wait(); }
  RunQueue& run_queue() override { return waiter_->run_queue(); }
  Task<> wait_turn(OwnerId owner, RunQueue::Line line) override { return waiter_->wait_turn(owner, line); }
  WakeRef<> waker() override { return waiter_->waker(); }
  std::unique_ptr<LoopWaiter> outlive() override { return waiter_->another(); }
  bool client_gone() const override { return waiter_->killed(); }
  bool draining() const override { return waiter_->killed(); }
  void set_deadline(SteadyTime deadline) override { waiter_->set_deadline(deadline); }
  bool deadline_passed() const override { return waiter_->deadline_passed(); }

 private:
  std::unique_ptr<LoopWaiter> waiter_;
  Asked asked_;
  RequestHead head_;  ///< views into asked_
  Client client_;
  std::string request_id_;
  SteadyTime received_ = std::chrono::steady_clock::now();
  std::uint16_t status_ = 0;
  ContentCount content_;
  bool finished_ = false;
  bool aborted_ = false;
};

}  // namespace faasta::http
