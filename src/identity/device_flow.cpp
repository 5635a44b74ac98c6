#include "identity/device_flow.hpp"

#include <algorithm>

namespace faasta::identity {
namespace {

constexpr std::size_t kCodeBytes = 32;
constexpr std::chrono::seconds kSlower{5};  // RFC 8628 section 3.5

}  // namespace

DeviceFlow::DeviceFlow(const Options& options)
    : options_(options), waiting_(options.most, options.life, options.clock) {}

std::chrono::seconds DeviceFlow::life_of(const DeviceGrant& grant) const {
  return std::min(options_.life, grant.expires_in);
}

std::string DeviceFlow::add(const DeviceGrant& grant) {
  std::string code = random_hex(kCodeBytes);
  const SteadyTime now = options_.clock();
  const std::lock_guard lock(mutex_);
  waiting_.put(code, Waiting{grant.device_code, grant.interval, now + life_of(grant), now + grant.interval, false});
  return code;
}

Result<std::string> DeviceFlow::begin_poll(std::string_view code) {
  const SteadyTime now = options_.clock();
  const std::lock_guard lock(mutex_);
  Waiting* waiting = waiting_.find(code);
  if (waiting == nullptr) return fail(Code::login_expired);
  if (waiting->expires <= now) {
    static_cast<void>(waiting_.take(code));
    return fail(Code::login_expired);
  }
  if (waiting->polled || now < waiting->next) {
    const auto wait = std::chrono::ceil<std::chrono::seconds>(waiting->next - now);
    return fail_for_now(Code::login_slow_down, {}, std::max(wait, std::chrono::seconds(1)));
  }
  waiting->polled = true;
  return waiting->github_code;
}

void DeviceFlow::end_poll(std::string_view code, const Result<DeviceState>& state) {
  const std::lock_guard lock(mutex_);
  Waiting* waiting = waiting_.find(code);
  if (waiting == nullptr) return;
  waiting->polled = false;
  const DeviceWait* const wait = state ? std::get_if<DeviceWait>(&*state) : nullptr;
  if (wait != nullptr && *wait == DeviceWait::slow_down) waiting->interval += kSlower;
  // The interval begins when GitHub has answered. GitHub's own interval begins earlier, when the request arrives there.
  waiting->next = options_.clock() + waiting->interval;
  const bool goes_on = wait != nullptr || (!state && state.error().code == Code::github_unreachable);
  if (!goes_on) static_cast<void>(waiting_.take(code));
}

}  // namespace faasta::identity
