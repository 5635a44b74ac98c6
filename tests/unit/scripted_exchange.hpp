#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/doorbell.hpp"
#include "http/exchange.hpp"
#include "http/loop.hpp"
#include "http/response_head.hpp"

namespace faasta::tests {

/// An exchange without a connection. The test is the client: it says what arrives, and when, and sees what it gets.
class ScriptedExchange final : public http::Exchange {
 public:
  /// What is asked. Texts must outlive the exchange.
  struct Asked {
    std::string_view method = "GET";
    std::string_view target = "/";
    std::string_view host = "hello.localhost";
    std::vector<FieldView> fields;
    std::optional<std::uint64_t> body_length = 0;
    bool takes_trailers = false;
  };

  ScriptedExchange(http::Loop& loop, Asked asked) : loop_(loop), bell_(http::Doorbell::make(loop.context)) {
    head_.method = asked.method;
    head_.target = asked.target;
    head_.host = asked.host;
    head_.fields = std::move(asked.fields);
    head_.body_length = asked.body_length;
    head_.takes_trailers = asked.takes_trailers;
  }
  explicit ScriptedExchange(http::Loop& loop) : ScriptedExchange(loop, Asked()) {}

  // What the client does.
  void send(std::string part) { arrive({std::move(part), http::BodyPart::Kind::data, {}}); }
  void send_end(std::vector<Field> trailers = {}) { arrive({{}, http::BodyPart::Kind::end, std::move(trailers)}); }
  void break_body() { arrive({{}, http::BodyPart::Kind::broken, {}}); }
  void leave() {
    client_gone_ = true;
    bell_->wake();
  }
  void pass_deadline() {
    deadline_passed_ = true;
    bell_->wake();
  }
  void stop_server() {
    draining_ = true;
    bell_->wake();
  }
  /// The client takes so many bytes of the body more; at first it takes all.
  void take(std::size_t bytes) {
    room_ = bytes;
    bell_->wake();
  }

  // What the client has got.
  [[nodiscard]] std::uint16_t status() const { return begun_ ? status_ : std::uint16_t{0}; }
  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }
  [[nodiscard]] std::optional<std::string> field(std::string_view name) const {
    for (const Field& f : fields_)
      if (http::same_token(f.name, name)) return f.value;
    return std::nullopt;
  }
  [[nodiscard]] const std::string& written() const { return written_; }
  [[nodiscard]] const std::vector<Field>& trailers() const { return trailers_; }
  [[nodiscard]] bool is_whole() const { return finished_ && queued_.empty(); }
  /// How often the handler let the others of its loop go first.
  [[nodiscard]] int steps_back() const { return steps_back_; }
  [[nodiscard]] SteadyTime deadline() const { return deadline_; }
  [[nodiscard]] bool body_was_accepted() const { return accepted_; }

  const http::RequestHead& request() const override { return head_; }
  const http::Client& client() const override { return client_; }
  std::string_view request_id() const override { return "scripted-request"; }
  SteadyTime received() const override { return received_; }
  void limit_body(std::uint64_t most) override { limit_ = most; }
  void accept_body() override { accepted_ = true; }
  http::BodyPart body() override {
    accept_body();
    if (parts_.empty()) return {};
    const auto kind = parts_.front().kind;
    if (kind != http::BodyPart::Kind::data) return {kind, {}, parts_.front().trailers};
    current_ = std::move(parts_.front().bytes);
    parts_.pop_front();
    taken_ += current_.size();
    if (taken_ > limit_) return {http::BodyPart::Kind::too_large, {}, {}};
    return {kind, current_, {}};
  }
  void head(std::uint16_t status, std::span<const FieldView> fields) override {
    head_sent_ = true;
    status_ = status;
    fields_.clear();
    const auto write = [this](std::string_view name, std::string_view value) {
      fields_.push_back({std::string(name), std::string(value)});
    };
    const auto head = http::write_fields(status, fields, head_.method == "HEAD", write);
    content_ = http::ContentCount(head);
    has_content_ = head.has_content;
    http::write_own_fields(head, request_id(), write);
  }
  void data(std::string_view bytes) override {
    if (ended() || !has_content_) return;
    if (!content_.add(bytes.size())) return abort();
    queued_ += bytes;
  }
  void finish(std::span<const FieldView> trailers) override {
    if (ended()) return;
    if (!content_.is_whole()) return abort();
    for (const FieldView& f : trailers) trailers_.push_back({std::string(f.name), std::string(f.value)});
    finished_ = true;
  }
  void abort() override { aborted_ = true; }
  bool take_back() override {
    if (begun_) return false;
    queued_.clear();
    head_sent_ = finished_ = aborted_ = false;
    return true;
  }
  bool head_sent() const override { return head_sent_; }
  bool ended() const override { return finished_ || aborted_; }
  bool aborted() const override { return aborted_; }
  std::size_t queued() const override { return queued_.size() + (head_sent_ && !begun_ ? 1 : 0); }
  std::uint64_t body_bytes_sent() const override { return content_.bytes(); }
  Task<bool> flush() override {
    while (write(), queued() > 0 && !client_gone_ && !deadline_passed_) co_await bell_->wait();
    co_return !client_gone_ && !deadline_passed_;
  }
  void flush_soon() override { write(); }
  Task<> wait() override { return bell_->wait(); }
  Task<> step_back() override {
    ++steps_back_;
    return loop_.background.step_back();
  }
  WakeRef<> waker() override { return bell_; }
  std::unique_ptr<http::LoopWaiter> outlive() override {
    return std::make_unique<http::LoopWaiter>(bell_->another(), loop_);
  }
  bool client_gone() const override { return client_gone_; }
  bool draining() const override { return draining_; }
  void set_deadline(SteadyTime deadline) override {
    deadline_ = deadline;
    deadline_passed_ = false;
  }
  bool deadline_passed() const override { return deadline_passed_; }

 private:
  struct Part {
    std::string bytes;
    http::BodyPart::Kind kind = http::BodyPart::Kind::data;
    std::vector<Field> trailers;
  };
  void arrive(Part part) {
    parts_.push_back(std::move(part));
    bell_->wake();
  }
  void write() {
    if (!head_sent_ || client_gone_ || (room_ == 0 && !queued_.empty())) return;
    begun_ = true;
    const std::size_t bytes = std::min(room_, queued_.size());
    written_ += queued_.substr(0, bytes);
    queued_.erase(0, bytes);
    if (room_ != std::string::npos) room_ -= bytes;
  }

  http::Loop& loop_;
  WakeRef<http::Doorbell> bell_;
  http::RequestHead head_;
  http::Client client_{.address = "192.0.2.1"};
  SteadyTime received_ = std::chrono::steady_clock::now();
  SteadyTime deadline_ = SteadyTime::max();
  std::deque<Part> parts_;
  std::string current_;
  std::uint64_t limit_ = 0;
  std::uint64_t taken_ = 0;
  bool accepted_ = false;

  std::uint16_t status_ = 0;
  std::vector<Field> fields_;
  std::vector<Field> trailers_;
  http::ContentCount content_;
  std::string queued_;
  std::string written_;
  std::size_t room_ = std::string::npos;
  bool head_sent_ = false;
  bool has_content_ = true;
  bool begun_ = false;  // a byte went out
  bool finished_ = false;
  bool aborted_ = false;
  bool client_gone_ = false;
  bool deadline_passed_ = false;
  bool draining_ = false;
  int steps_back_ = 0;
};

}  // namespace faasta::tests
