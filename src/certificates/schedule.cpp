#include "certificates/schedule.hpp"

#include <algorithm>
#include <utility>

#include "base/json.hpp"
#include "base/utf8.hpp"

namespace faasta::certificates {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::hours kHour{1};
constexpr std::chrono::hours kDay{24};
constexpr std::chrono::hours kSoonestAsk{1};

milliseconds part(milliseconds whole, double share) {
  return milliseconds(static_cast<milliseconds::rep>(static_cast<double>(whole.count()) * share));
}

/// Returns when one more order is allowed, if `most` are allowed in the time `span`.
SystemTime allowed_from(const std::vector<SystemTime>& orders, std::size_t most, milliseconds span, SystemTime now) {
  std::vector<SystemTime> recent;
  for (const SystemTime at : orders)
    if (at > now - span) recent.push_back(at);
  if (recent.size() < most) return now;
  std::ranges::sort(recent);
  return recent[recent.size() - most] + span;
}

/// Returns when the limits allow the next order.
SystemTime floor_of(const RenewalState& state, SystemTime now, bool forced, std::chrono::minutes first_retry) {
  SystemTime at = std::max(allowed_from(state.orders, kOrdersPerHour, kHour, now),
                           allowed_from(state.orders, kOrdersPerDay, kDay, now));
  // Even if the operator wants a certificate now, the server waits as long as the CA asked.
  if (state.failures > 0 && state.retry_after.count() > 0)
    at = std::max<SystemTime>(at, state.last_failure + state.retry_after);
  if (forced) return at;
  if (state.failures > 0) {
    constexpr std::uint32_t kMostDoublings = 16;
    const auto doubled = first_retry * (std::int64_t{1} << std::min(state.failures - 1, kMostDoublings));
    const auto wait = std::min<milliseconds>(doubled, kLongestRetry);
    at = std::max(at, state.last_failure + wait);
  } else if (state.last_success != SystemTime{}) {
    at = std::max<SystemTime>(at, state.last_success + kAfterSuccess);
  }
  return at;
}

/// The latest time of a renewal. If the CA's window is later, the certificate could expire.
SystemTime latest_due(const Current& current) {
  constexpr double kNineTenths = 0.9;
  return current.not_before + part(current.not_after - current.not_before, kNineTenths);
}

}  // namespace

bool correct_future(RenewalState& state, SystemTime now) {
  bool changed = false;
  const auto correct = [&](SystemTime& at) {
    changed = changed || at > now;
    at = std::min(at, now);
  };
  std::ranges::for_each(state.orders, correct);
  correct(state.last_failure);
  correct(state.last_success);
  return changed;
}

SystemTime due_without_window(const Current& current, double spread) {
  constexpr std::chrono::days kShort{10};
  constexpr double kTwoThirds = 2.0 / 3.0;
  constexpr double kHalf = 0.5;
  constexpr double kSpread = 0.05;
  const milliseconds life = current.not_after - current.not_before;
  return current.not_before + part(life, (life <= kShort ? kHalf : kTwoThirds) - (kSpread * spread));
}

Decision decide(const RenewalState& state, const std::optional<Current>& current, SystemTime now, bool forced,
                double spread, std::chrono::minutes first_retry) {
  const bool known = current && state.window_certificate == current->id;
  if (current && !forced && (!known || now >= state.ask_again || state.ask_again > now + kDay)) return {Step::ask, now};
  const bool has_window = known && state.window_end != SystemTime{};
  SystemTime due = now;
  if (current && !forced) {
    due = has_window ? std::min(state.chosen, latest_due(*current)) : due_without_window(*current, spread);
  }
  const SystemTime at = std::max(due, floor_of(state, now, forced, first_retry));
  if (at <= now) return {Step::order, now};
  return {Step::wait, current && !forced ? std::min(at, state.ask_again) : at};
}

void note_window(RenewalState& state, const std::string& certificate, SystemTime start, SystemTime end,
                 std::chrono::seconds ask_again, SystemTime now, double spread) {
  // If the window does not end after its start, the answer does not count (RFC 9773 section 4.2).
  if (end <= start) return note_no_window(state, certificate, now);
  const bool changed =
      state.window_certificate != certificate || state.window_start != start || state.window_end != end;
  if (changed) {
    state.window_certificate = certificate;
    state.window_start = start;
    state.window_end = end;
    state.chosen = start + part(state.window_end - start, spread);
  }
  const milliseconds wait = ask_again.count() > 0 ? std::clamp<milliseconds>(ask_again, std::chrono::minutes(1), kDay)
                                                  : milliseconds(kAskInterval);
  state.ask_again = now + wait;
}

void note_no_window(RenewalState& state, const std::string& certificate, SystemTime now) {
  if (state.window_certificate != certificate) {
    state.window_certificate = certificate;
    state.window_start = state.window_end = state.chosen = SystemTime{};
  }
  state.ask_again = now + kSoonestAsk;
}

void note_order(RenewalState& state, SystemTime now) {
  std::erase_if(state.orders, [&](SystemTime at) { return at <= now - kDay; });
  state.orders.push_back(now);
}

void note_success(RenewalState& state, SystemTime now) {
  state.failures = 0;
  state.last_success = now;
  state.retry_after = {};
  state.problem.clear();
}

void note_failure(RenewalState& state, std::string problem, std::chrono::seconds retry_after, SystemTime now) {
  ++state.failures;
  state.last_failure = now;
  state.retry_after = std::min<std::chrono::seconds>(retry_after, kDay);
  constexpr std::size_t kMostProblemBytes = 1U << 10U;  // a CA or a DNS record may send any text
  problem = valid_utf8(problem);
  problem.resize(character_boundary(problem, kMostProblemBytes));
  state.problem = std::move(problem);
}

}  // namespace faasta::certificates
