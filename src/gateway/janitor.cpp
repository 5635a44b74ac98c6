#include "gateway/janitor.hpp"

#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/allocator.hpp"

namespace faasta::gateway {

Janitor::Janitor(Parts parts, std::chrono::milliseconds period)
    : parts_(std::move(parts)), thread_([this, period](const std::stop_token& stop) { run(stop, period); }) {}

void Janitor::run(const std::stop_token& stop, std::chrono::milliseconds period) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  parts_.names.refresh();  // so that the start does not wait for a long list
  while (!wake.wait_for(lock, stop, period, [&stop] { return stop.stop_requested(); })) sweep();
}

void Janitor::sweep() {
  ComponentCache& components = parts_.components;
  components.begin_sweep();
  // Evicts a few components at a time, so that calls do not have to wait for the cache's mutex.
  for (bool more = true; more;) {
    more = components.evict_idle();
    static_cast<void>(components.take_evicted());
  }
  const std::uint64_t evictions = components.evictions();
  const bool dropped = std::exchange(evictions_, evictions) != evictions;
  const bool forgotten = parts_.routes.drop_idle();
  parts_.assets.drop_idle();
  parts_.turnstiles.drop_idle();
  parts_.names.refresh();
  parts_.shares.drop_idle();
  parts_.logs.drop_idle();
  parts_.engine->trim();
  if (dropped || forgotten) release_free_memory();
}

}  // namespace faasta::gateway
