#include "gateway/owner_pool.hpp"

namespace faasta::gateway {

OwnerPool::~OwnerPool() {
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
  }
  threads_.stop();
  threads_.join();
}

std::unexpected<Error> OwnerPool::refusal() {
  return fail_for_now(Code::busy_owner, "too many requests wait for static files of the owner to be read",
                      std::chrono::seconds(1));
}

bool OwnerPool::is_full(OwnerId owner) {
  const std::scoped_lock lock(mutex_);
  return queue_.waiting(owner) >= bounds_.waiting;
}

void OwnerPool::add(OwnerId owner, std::move_only_function<void()> work) {
  {
    const std::scoped_lock lock(mutex_);
    queue_.add(owner, {owner, std::move(work)});
  }
  asio::post(threads_, [this] { run_jobs(); });
}

void OwnerPool::run_jobs() {
  const auto has_none_running = [this](OwnerId owner) { return !running_.contains(owner); };
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    std::optional<Job> job = queue_.next(has_none_running);
    if (!job) return;  // the thread that runs a job of an owner looks again after it
    const OwnerId owner = job->first;
    running_.insert(owner);
    lock.unlock();
    job->second();
    job.reset();
    lock.lock();
    running_.erase(owner);
  }
}

}  // namespace faasta::gateway
