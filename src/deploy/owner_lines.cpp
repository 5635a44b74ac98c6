#include "deploy/owner_lines.hpp"

namespace faasta::deploy {

Task<OwnerLines::Turn> OwnerLines::enter(OwnerId owner, unsigned most) {
  co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(
      [this, owner, most](auto handler) {
        // The handler is posted to the loop of the deploy, because leave() runs on another thread.
        auto loop = asio::get_associated_executor(handler);
        auto resume = [loop, handler = std::move(handler)]() mutable { asio::post(loop, std::move(handler)); };
        take(owner, most, std::move(resume));
      },
      asio::use_awaitable);
  co_return Turn(*this, owner);
}

void OwnerLines::take(OwnerId owner, unsigned most, std::move_only_function<void()> resume) {
  {
    const std::scoped_lock lock(mutex_);
    Line& line = lines_[owner];
    if (line.turns >= most) return line.waiting.push_back(std::move(resume));
    ++line.turns;
  }
  resume();
}

void OwnerLines::leave(OwnerId owner) {
  std::move_only_function<void()> next;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = lines_.find(owner);
    Line& line = found->second;
    if (line.waiting.empty()) {
      if (--line.turns == 0) lines_.erase(found);
      return;
    }
    next = std::move(line.waiting.front());  // it gets the turn that ends here
    line.waiting.pop_front();
  }
  next();
}

}  // namespace faasta::deploy
