#pragma once

#include <cstddef>
#include <functional>

#include "base/allocator.hpp"
#include "http/deadlines.hpp"

namespace faasta::http {

/// Gives memory back to the system after many connections of a loop have become idle. Each has freed its coroutines and
/// buffers (docs/decisions/0036-idle-connections.md). The allocator of the loop's thread keeps such memory until the
/// thread asks for more. This takes about a millisecond, so it waits until no connection has become idle for a second.
class IdleMemory final : public HasDeadline {
 public:
  /// The memory of fewer connections is kept: it is small, and new connections soon use it.
  static constexpr std::size_t kMany = 64;

  explicit IdleMemory(Deadlines& deadlines, std::chrono::milliseconds rest = std::chrono::seconds(1),
                      std::function<void()> release = release_free_memory)
      : deadlines_(deadlines), rest_(rest), release_(std::move(release)) {}
  IdleMemory(const IdleMemory&) = delete;
  IdleMemory& operator=(const IdleMemory&) = delete;
  ~IdleMemory() override = default;

  /// Call this when a connection has become idle.
  void add() {
    if (++freed_ >= kMany) deadlines_.set(*this, std::chrono::steady_clock::now() + rest_);
  }
  void on_deadline() override {
    freed_ = 0;
    release_();
  }

 private:
  Deadlines& deadlines_;
  const std::chrono::milliseconds rest_;
  const std::function<void()> release_;
  std::size_t freed_ = 0;  ///< connections that became idle since the last release
};

}  // namespace faasta::http
