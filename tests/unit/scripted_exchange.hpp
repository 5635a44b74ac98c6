#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/field.hpp"
#include "http/doorbell.hpp"
#include "http/exchange.hpp"
#include "http/response_head.hpp"
#include "unit/scripted_loop.hpp"

namespace faasta::test {

/// The answer of a handler.
struct Answered {
  std::uint16_t status = 0;  ///< 0: no head
  std::vector<Field> fields;
  std::string body;
  std::vector<Field> trailers;
  bool finished = false;
  bool aborted = false;

  /// The value of the first field of this name, or nothing.
  [[nodiscard]] std::optional<std::string> field(std::string_view name) const {
    const auto found = std::ranges::find(fields, name, &Field::name);
    if (found == fields.end()) return std::nullopt;
    return found->value;
  }
};

/// An exchange whose client is the test. The test decides when the client sends parts of a body, breaks off, goes away
/// or stops reading. Used on the loop's thread.
class ScriptedExchange final : public http::Exchange {
 public:
  /// A request with the field `transfer-encoding` has a body of unknown length, as on a connection.
  ScriptedExchange(ScriptedLoop& loop, std::string method, std::string target, std::vector<Field> fields = {})
      : loop_(loop.loop()),
        bell_(http::Doorbell::make(loop_.context)),
        timer_(*loop_.context),
        method_(std::move(method)),
        target_(std::move(target)),
        fields_(std::move(fields)) {
    head_.method = method_;
    head_.target = target_;
    head_.host = host_;
    for (const Field& field : fields_) head_.fields.push_back({field.name, field.value});
    if (const auto length = head_.field("content-length")) {
      std::uint64_t bytes = 0;
      std::from_chars(length->data(), length->data() + length->size(), bytes);
      head_.body_length = bytes;
    }
    if (head_.field("transfer-encoding")) head_.body_length.reset();
    client_ = http::client_at(asio::ip::make_address("192.0.2.1"));
  }
  ~ScriptedExchange() override { *alive_ = false; }

  // The functions below act as the client.
  void send(std::string bytes) { arrive({http::BodyPart::Kind::data, std::move(bytes), {}}); }
  void end_body(std::vector<Field> trailers = {}) { arrive({http::BodyPart::Kind::end, {}, std::move(trailers)}); }
  void break_body() { arrive({http::BodyPart::Kind::broken, {}, {}}); }
  /// A whole body.
  void send_all(std::string bytes) {
    if (!bytes.empty()) send(std::move(bytes));
    end_body();
  }
  /// The client goes away: the rest of its body is broken.
  void leave() {
    gone_ = true;
    break_body();
  }
  /// The client now reads this many more bytes of the answer's body. At first it reads everything.
  void take(std::size_t bytes) {
    room_ = bytes;
    bell_->wake();
  }
  void stop_reading() { room_ = 0; }
  /// The connection queues at most this many bytes of the answer.
  void set_most_room(std::size_t bytes) { most_room_ = bytes; }
  void read_again() { take(kAll); }
  // The functions below act as the server.
  void pass_deadline() {
    deadline_passed_ = true;
    bell_->wake();
  }
  void drain() {
    draining_ = true;
    bell_->wake();
  }
  void set_client(http::Client client) { client_ = std::move(client); }
  void set_host(std::string host) {
    host_ = std::move(host);
    head_.host = host_;
  }

  // The functions below return the actions of the handler.
  [[nodiscard]] const Answered& answered() const noexcept { return answered_; }
  /// The part of the answer's body that the client has received.
  [[nodiscard]] std::string_view received_by_client() const {
    return std::string_view(answered_.body).substr(0, written_);
  }
  [[nodiscard]] bool client_has_all() const { return answered_.finished && queued() == 0; }
  [[nodiscard]] SteadyTime deadline() const noexcept { return deadline_; }
  [[nodiscard]] std::uint64_t body_limit() const noexcept { return body_limit_; }
  /// Whether the client was told to send the body.
  [[nodiscard]] bool accepted_body() const noexcept { return accepted_; }
  /// The number of times that the handler began to wait, and the number of times that it waited for its turn.
  [[nodiscard]] unsigned waits() const noexcept { return waits_; }
  [[nodiscard]] unsigned turns_waited() const noexcept { return turns_waited_; }

  const http::RequestHead& request() const override { return head_; }
  const http::Client& client() const override { return client_; }
  std::string_view request_id() const override { return "scripted"; }
  SteadyTime received() const override { return received_; }

  void limit_body(std::uint64_t most) override { body_limit_ = most; }
  void accept_body() override { accepted_ = true; }
  http::BodyPart body() override {
    accept_body();
    if (parts_.empty()) return {last_, {}, given_.trailers};
    given_ = std::move(parts_.front());
    parts_.pop_front();
    body_received_ += given_.bytes.size();
    if (body_received_ > body_limit_) {
      last_ = http::BodyPart::Kind::too_large;
      parts_.clear();
      return {last_, {}, {}};
    }
    if (given_.kind != http::BodyPart::Kind::data) last_ = given_.kind;
    return {given_.kind, given_.bytes, given_.trailers};
  }

  void head(std::uint16_t status, std::span<const FieldView> fields) override {
    answered_.status = status;
    const auto write = [this](std::string_view name, std::string_view value) {
      answered_.fields.push_back({std::string(name), std::string(value)});
    };
    const auto head = http::write_fields(status, fields, method_ == "HEAD", write);
    http::write_own_fields(head, request_id(), client().hsts, write);
    has_content_ = head.has_content;
    content_ = http::ContentCount(head);
    unwritten_head_ = true;
  }
  void data(std::string_view bytes) override {
    if (ended() || !has_content_) return;
    if (!content_.add(bytes.size())) return abort();
    answered_.body += bytes;
  }
  void finish(std::span<const FieldView> trailers) override {
    if (ended()) return;
    if (!content_.is_whole()) return abort();
    for (const FieldView& field : trailers)
      answered_.trailers.push_back({std::string(field.name), std::string(field.value)});
    answered_.finished = true;
  }
  void abort() override { answered_.aborted = true; }
  bool take_back() override {
    if (written_anything_) return false;
    answered_ = Answered();
    unwritten_head_ = false;
    return true;
  }

  bool head_sent() const override { return answered_.status != 0; }
  bool ended() const override { return answered_.finished || answered_.aborted; }
  bool aborted() const override { return answered_.aborted; }
  std::size_t queued() const override { return answered_.body.size() - written_ + (unwritten_head_ ? 1 : 0); }
  std::size_t room() const override { return most_room_ - std::min(most_room_, queued()); }
  std::uint64_t body_bytes_sent() const override { return content_.bytes(); }

  Task<bool> flush() override {
    while (write(), queued() > 0 && !gone_ && !deadline_passed_) co_await wait();
    co_return !gone_ && !deadline_passed_;
  }
  void flush_soon() override { write(); }
  Task<> wait() override {
    ++waits_;
    return bell_->wait();
  }
  http::RunQueue& run_queue() override { return loop_.run_queue; }
  Task<> wait_turn(OwnerId owner, http::RunQueue::Line line) override {
    ++turns_waited_;
    return loop_.run_queue.wait(owner, line);
  }
  WakeRef<> waker() override { return bell_; }
  std::unique_ptr<http::LoopWaiter> outlive() override {
    return std::make_unique<http::LoopWaiter>(bell_->another(), loop_);
  }

  bool client_gone() const override { return gone_; }
  bool draining() const override { return draining_; }
  void set_deadline(SteadyTime deadline) override {
    deadline_ = deadline;
    deadline_passed_ = deadline_passed_ && deadline <= std::chrono::steady_clock::now();
    timer_.cancel();
    if (deadline == SteadyTime::max()) return;
    timer_.expires_at(deadline);
    timer_.async_wait([this, alive = alive_, deadline](const boost::system::error_code& error) {
      if (!error && *alive && deadline == deadline_) pass_deadline();
    });
  }
  bool deadline_passed() const override { return deadline_passed_; }

 private:
  static constexpr std::size_t kAll = static_cast<std::size_t>(-1);
  struct Part {
    http::BodyPart::Kind kind = http::BodyPart::Kind::pending;
    std::string bytes;
    std::vector<Field> trailers;
  };
  void arrive(Part part) {
    parts_.push_back(std::move(part));
    bell_->wake();
  }
  /// Moves the bytes that the client can read now.
  void write() {
    if (gone_ || room_ == 0 || queued() == 0) return;
    written_anything_ = true;
    unwritten_head_ = false;
    const std::size_t bytes = std::min(room_, answered_.body.size() - written_);
    written_ += bytes;
    if (room_ != kAll) room_ -= bytes;
  }

  http::Loop& loop_;
  WakeRef<http::Doorbell> bell_;
  asio::steady_timer timer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

  std::string method_;
  std::string target_;
  std::string host_ = "api.localhost";
  std::vector<Field> fields_;
  http::RequestHead head_;
  http::Client client_;
  SteadyTime received_ = std::chrono::steady_clock::now();

  std::deque<Part> parts_;
  Part given_;
  http::BodyPart::Kind last_ = http::BodyPart::Kind::pending;  ///< the kind that body() returns when no part is left
  std::uint64_t body_limit_ = 0;
  std::uint64_t body_received_ = 0;
  bool accepted_ = false;

  Answered answered_;
  http::ContentCount content_;
  bool has_content_ = true;
  std::size_t written_ = 0;  ///< bytes of the answer's body that the client has
  std::size_t room_ = kAll;
  std::size_t most_room_ = kMostQueued;
  bool unwritten_head_ = false;
  bool written_anything_ = false;

  unsigned waits_ = 0;
  unsigned turns_waited_ = 0;
  SteadyTime deadline_ = SteadyTime::max();
  bool deadline_passed_ = false;
  bool gone_ = false;
  bool draining_ = false;
};

}  // namespace faasta::test
