#include "http/http1/body.hpp"

#include <algorithm>
#include <utility>

namespace faasta::http {
namespace {

/// If no code reads a body, the server reads and drops up to this many bytes of the body. If more bytes are left, the
/// connection ends after the answer.
constexpr std::uint64_t kDrainBytes = 64U << 10U;

}  // namespace

Http1Body::Http1Body(const Http1Head& head)
    : framing_(head.framing), left_(head.request.body_length.value_or(0)), ended_(head.framing == Framing::none) {
  if (framing_ == Framing::chunked) chunks_.emplace();
}

BodyPart Http1Body::break_off() {
  broken_ = true;
  return {BodyPart::Kind::broken, {}, {}};
}

BodyPart Http1Body::next(Input& input) {
  using enum BodyPart::Kind;
  input.consume(std::exchange(unconsumed_, 0));
  if (input.empty() && !ended_ && !broken_) input.read_now(kBufferBytes);
  if (broken_) return {broken, {}, {}};
  if (ended_) return {end, {}, chunks_ ? std::span<const Field>(chunks_->trailers()) : std::span<const Field>()};
  if (framing_ == Framing::length && left_ > limit_ - received_) return {too_large, {}, {}};
  BodyPart part;
  if (chunks_) {
    part = next_chunked(input);
  } else if (!input.empty()) {
    const std::string_view bytes = input.bytes();
    part.kind = data;
    part.data = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    unconsumed_ = part.data.size();
    input.hold();
    left_ -= part.data.size();
    ended_ = left_ == 0;
  }
  received_ += part.data.size();
  if (received_ > limit_) {
    refused_ = true;
    return {too_large, {}, {}};
  }
  if (part.kind == pending && input.ended()) return break_off();
  return part;
}

BodyPart Http1Body::next_chunked(Input& input) {
  for (;;) {
    const auto step = chunks_->decode(input.bytes());
    if (!step) return break_off();
    if (step->end) {
      input.consume(step->used);
      ended_ = true;
      return {BodyPart::Kind::end, {}, chunks_->trailers()};
    }
    if (!step->data.empty()) {
      unconsumed_ = step->used;
      input.hold();
      return {BodyPart::Kind::data, step->data, {}};
    }
    if (step->used == 0) return {};
    input.consume(step->used);
  }
}

bool Http1Body::leaves_much() const {
  if (ended_) return false;
  // If a chunked body was refused without reading, the length of the rest is unknown.
  return framing_ == Framing::chunked ? limit_ == 0 : left_ > kDrainBytes;
}

void Http1Body::read_away() { limit_ = std::max({limit_, received_ + left_, received_ + kDrainBytes}); }

}  // namespace faasta::http
