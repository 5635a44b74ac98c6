#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/call.hpp"

namespace faasta::test {

/// A call without a guest. The test decides the guest's steps and their times, and checks the data that the guest gets.
class ScriptedCall final : public engine::Call {
 public:
  using Kind = engine::CallEvent::Kind;
  explicit ScriptedCall(WakeRef<> waker) : waker_(std::move(waker)) {}

  // Each of these functions adds a step. The guest does the steps in order. A call without steps is pending.
  ScriptedCall& say(Kind kind, std::string data = {}) {
    Step step;
    step.kind = kind;
    step.data = std::move(data);
    return add(std::move(step));
  }
  ScriptedCall& answer(std::uint16_t status, std::vector<Field> fields = {}) {
    Step step;
    step.kind = Kind::head;
    step.status = status;
    step.fields = std::move(fields);
    return add(std::move(step));
  }
  ScriptedCall& write(engine::Stream stream, std::string text) {
    Step step;
    step.kind = Kind::output;
    step.stream = stream;
    step.data = std::move(text);
    return add(std::move(step));
  }
  ScriptedCall& fail(Code code, std::string detail = {}) {
    Step step;
    step.kind = Kind::failed;
    step.error = Error{code, std::move(detail)};
    return add(std::move(step));
  }
  /// Finishes the answer.
  ScriptedCall& finish(std::vector<Field> trailers = {}) {
    Step step;
    step.kind = Kind::trailers;
    step.fields = std::move(trailers);
    return add(std::move(step));
  }
  /// Adds a pause: one poll returns pending. The test must wake the waker.
  ScriptedCall& pause() { return say(Kind::pending); }
  void wake() { waker_->wake(); }
  void use_cpu(std::uint64_t us) { usage_.cpu_us = us; }

  // These functions return the data that the guest has got.
  [[nodiscard]] const std::string& fed() const { return fed_; }
  [[nodiscard]] bool body_ended() const { return ended_; }
  [[nodiscard]] const std::vector<Field>& trailers() const { return trailers_; }
  [[nodiscard]] bool body_broke() const { return broken_; }
  [[nodiscard]] int polls() const { return polls_; }
  [[nodiscard]] bool has_more_to_say() const { return !steps_.empty(); }

  engine::CallEvent poll() override {
    ++polls_;
    engine::CallEvent event;
    if (steps_.empty()) return event;
    current_ = std::move(steps_.front());
    steps_.pop_front();
    views_.assign(current_.fields.begin(), current_.fields.end());
    event.kind = current_.kind;
    event.status = current_.status;
    event.stream = current_.stream;
    event.fields = views_;
    event.data = current_.data;
    event.error = current_.error;
    return event;
  }
  void feed(std::string_view chunk) override { fed_ += chunk; }
  void end(std::span<const FieldView> trailers) override {
    ended_ = true;
    for (const FieldView& f : trailers) trailers_.push_back({std::string(f.name), std::string(f.value)});
  }
  void break_off() override { broken_ = true; }
  void set_waker(WakeRef<> waker) override { waker_ = std::move(waker); }
  engine::CallUsage usage() const override { return usage_; }
  std::vector<engine::SentRequest> sent_requests() const override { return {}; }

 private:
  struct Step {
    Kind kind = Kind::pending;
    std::uint16_t status = 0;
    engine::Stream stream = engine::Stream::none;
    std::vector<Field> fields;
    std::string data;
    std::optional<Error> error;
  };
  ScriptedCall& add(Step step) {
    steps_.push_back(std::move(step));
    waker_->wake();
    return *this;
  }

  WakeRef<> waker_;
  std::deque<Step> steps_;
  Step current_;
  std::vector<FieldView> views_;
  std::string fed_;
  std::vector<Field> trailers_;
  engine::CallUsage usage_;
  bool ended_ = false;
  bool broken_ = false;
  int polls_ = 0;
};

}  // namespace faasta::test
