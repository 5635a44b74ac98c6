#include "gateway/admission.hpp"

#include <algorithm>

namespace faasta::gateway {
namespace {

constexpr std::chrono::seconds kRetry{1};  // a place will be free soon

}  // namespace

std::chrono::nanoseconds Turnstile::expected_wait(std::chrono::milliseconds patience) {
  if (!has_queue_.load(std::memory_order_relaxed)) return {};
  const std::scoped_lock lock(mutex_);
  if (queue_.empty()) return {};
  const auto expected = pace_.expected(now_(), patience / 2, queue_.size());
  return queue_.size() < most_waiting_ ? expected : std::max<std::chrono::nanoseconds>(expected, patience);
}

std::shared_ptr<Turnstile::Waiting> Turnstile::try_enter(http::Exchange& exchange, std::chrono::milliseconds patience,
                                                         bool& full) {
  const std::scoped_lock lock(mutex_);
  full = false;
  if (inside_ < most_ && queue_.empty()) {
    ++inside_;
    return nullptr;
  }
  if (queue_.empty()) pace_.begin(now_(), patience / 2);
  if (queue_.size() >= most_waiting_) {
    full = true;
    return nullptr;
  }
  auto place = std::make_shared<Waiting>();
  place->waker = exchange.waker();
  queue_.push_back(place);
  has_queue_.store(true, std::memory_order_relaxed);
  return place;
}

Task<Result<Turnstile::Permit>> Turnstile::enter(std::shared_ptr<Turnstile> self, http::Exchange& exchange,
                                                 std::chrono::milliseconds patience, Code refusal) {
  bool full = false;
  const std::shared_ptr<Waiting> place = self->try_enter(exchange, patience, full);
  if (full) co_return fail_for_now(refusal, "too many calls wait already", kRetry);
  if (!place) co_return Permit(std::move(self));
  exchange.set_deadline(std::chrono::steady_clock::now() + patience);
  while (!place->let_in.load(std::memory_order_acquire) && !exchange.deadline_passed() && !exchange.client_gone()) {
    co_await exchange.wait();
  }
  if (place->let_in.load(std::memory_order_acquire) || self->give_up(place)) co_return Permit(std::move(self));
  co_return fail_for_now(refusal, "no call ended in time", kRetry);
}

bool Turnstile::give_up(const std::shared_ptr<Waiting>& place) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(queue_, place);
  if (found == queue_.end()) return true;
  queue_.erase(found);
  has_queue_.store(!queue_.empty(), std::memory_order_relaxed);
  return false;
}

void Turnstile::leave() {
  std::shared_ptr<Waiting> next;
  {
    const std::scoped_lock lock(mutex_);
    if (queue_.empty()) {
      --inside_;
      return;
    }
    next = std::move(queue_.front());  // the first exchange in the queue gets the place
    queue_.pop_front();
    has_queue_.store(!queue_.empty(), std::memory_order_relaxed);
    pace_.count();
  }
  next->let_in.store(true, std::memory_order_release);
  next->waker->wake();
}

std::uint32_t Turnstile::inside() const {
  const std::scoped_lock lock(mutex_);
  return inside_;
}

}  // namespace faasta::gateway
