#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace faasta::http {

/// Something with bytes to write.
class HasOutput {
 public:
  HasOutput() = default;
  HasOutput(const HasOutput&) = delete;
  HasOutput& operator=(const HasOutput&) = delete;
  virtual ~HasOutput() = default;

  /// Writes what the socket takes; must not run the connection's coroutine.
  virtual void write_now() = 0;
};

/// The finished answers of one loop that go out together. Waking a client that sleeps on another core costs the sender
/// some microseconds, a fifth of a small request; the second write of a burst finds it awake. The first answer of a
/// turn is never held back, so that a loop with one client writes at once. One thread.
class Outbox {
 public:
  /// What is deferred is written when the loop has run so many handlers, or has none left.
  static constexpr std::size_t kTurn = 16;

  void add(std::shared_ptr<HasOutput> item) {
    if (std::exchange(written_, true)) return items_.push_back(std::move(item));
    item->write_now();
  }

  /// The turn ends.
  void flush() {
    written_ = false;
    if (items_.empty()) return;
    writing_.swap(items_);
    for (const auto& item : writing_) item->write_now();
    writing_.clear();
  }

 private:
  std::vector<std::shared_ptr<HasOutput>> items_;
  std::vector<std::shared_ptr<HasOutput>> writing_;
  bool written_ = false;
};

}  // namespace faasta::http
