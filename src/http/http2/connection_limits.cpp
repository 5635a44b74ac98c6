// The rates and the time limits of a connection.

#include <algorithm>
#include <utility>

#include "http/http2/connection.hpp"
#include "http/http2/limits.hpp"

namespace faasta::http {

/// `bytes`: how many bytes were read.
void Http2Connection::count_text(std::size_t bytes) {
  if (text_read_ <= bytes * http2::kTextOfAByte) return;
  const SteadyTime now = std::chrono::steady_clock::now();
  text_.spend(http2::kText, now, static_cast<double>(text_read_ - bytes * http2::kTextOfAByte));
  const double debt = -text_.left(http2::kText, now);
  if (debt <= 0) return;
  pause_until(now +
              std::chrono::duration_cast<SteadyTime::duration>(http2::kText.period * (debt / http2::kText.burst)));
}

/// Reads nothing and starts no handler until `at`.
void Http2Connection::pause_until(SteadyTime at) {
  resumes_at_ = std::max(resumes_at_, at);
  set_next_look(std::chrono::steady_clock::now());
}

/// The request may have waited for long, so the time at which it came is of no use here.
void Http2Connection::count_one_request() {
  if (const auto pause = count_request(peer_.place, std::chrono::steady_clock::now())) pause_until(*pause);
}

void Http2Connection::refuse_late(SteadyTime now) {
  std::erase_if(begun_, [&](const ExchangeRef& exchange) {
    if (now - exchange->received() < http2::kBeginWait) return false;
    session_.refuse(exchange->id(), NGHTTP2_REFUSED_STREAM, http2::Refusal::memory);
    return true;
  });
}

void Http2Connection::set_next_look(SteadyTime now) {
  // A parked connection that has nothing to do is checked again only at its idle timeout.
  const SteadyTime tick =
      resumes_at_ == SteadyTime::min() ? now + http2::kTick : std::min(resumes_at_, now + http2::kTick);
  loop_.deadlines.set(*this, parked_ && is_quiet() ? quiet_since_ + options_.timeouts.idle : tick);
}

void Http2Connection::on_deadline() {
  if (std::exchange(lingers_, false) || ended_) return bell_->wake();
  const SteadyTime now = std::chrono::steady_clock::now();
  look_at_clocks(now);
  set_next_look(now);
}

bool Http2Connection::is_quiet() const noexcept {
  return streams_.empty() && running_.empty() && begun_.empty() && input_.empty() && unwritten() == 0 &&
         session_.acknowledged() && notice_at_ == SteadyTime::max() && !ended_ && !broken_;
}

void Http2Connection::look_at_clocks(SteadyTime now) {
  if (!parked_ && is_quiet() && now - quiet_since_ >= kActive) {
    rests_ = true;
    bell_->wake();
  }
  if (!session_.acknowledged() && now - opened_at_ >= http2::kSettingsAck)
    session_.end(NGHTTP2_SETTINGS_TIMEOUT, http2::Refusal::settings_ack);
  if (head_since_ != SteadyTime::max() && now - head_since_ >= options_.timeouts.head)
    session_.end(NGHTTP2_ENHANCE_YOUR_CALM, http2::Refusal::slow_head);
  if (streams_.empty() && running_.empty() && now - quiet_since_ >= options_.timeouts.idle)
    session_.end(NGHTTP2_NO_ERROR);
  if (blocked_since_ != SteadyTime::max() && now - blocked_since_ >= options_.timeouts.write_stall) {
    options_.refusals->add(http2::Refusal::write_stall);
    return kill();
  }
  if (notice_at_ != SteadyTime::max() && now - notice_at_ >= http2::kDrainNotice && !std::exchange(last_goaway_, true))
    session_.refuse_new();
  if (resumes_at_ <= now && std::exchange(resumes_at_, SteadyTime::min()) != SteadyTime::min()) bell_->wake();
  begin_more();  // other connections of the client's network may have released memory
  refuse_late(now);
  for (auto& [id, exchange] : streams_) {
    if (!exchange->is_stalled(now)) continue;
    options_.refusals->add(http2::Refusal::stalled);
    session_.reset(id, NGHTTP2_CANCEL);
  }
  write_soon();
}

}  // namespace faasta::http
