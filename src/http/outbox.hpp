#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "base/log.hpp"

namespace faasta::http {

/// An object that has bytes to write.
class HasOutput {
 public:
  HasOutput() = default;
  HasOutput(const HasOutput&) = delete;
  HasOutput& operator=(const HasOutput&) = delete;
  virtual ~HasOutput() = default;

  /// Writes as many bytes as the socket takes. This function must not resume the connection's coroutine.
  virtual void write_now() = 0;
};

/// Collects the finished answers of one loop and writes them together. A write that wakes a client on another core
/// costs the server a few microseconds: about a fifth of the time for a small request. If the server writes several
/// answers in a row, only the first write has to wake the client. The first answer of a turn is written at once, so a
/// loop with one client never waits. Used on one thread.
class Outbox {
 public:
  /// A turn ends after this many handlers, or when no handler is ready. Then the collected answers are written.
  static constexpr std::size_t kTurn = 16;

  void add(std::shared_ptr<HasOutput> item) {
    if (std::exchange(written_, true)) return items_.push_back(std::move(item));
    item->write_now();
  }

  /// Writes the collected answers. The loop calls this at the end of a turn.
  void flush() {
    written_ = false;
    if (items_.empty()) return;
    writing_.swap(items_);
    for (const auto& item : writing_) {
      try {
        item->write_now();
      } catch (const std::exception& error) {
        log::error("write_failed", {{"cause", error.what()}});  // the loop's other connections go on
      }
    }
    writing_.clear();
  }

 private:
  std::vector<std::shared_ptr<HasOutput>> items_;
  std::vector<std::shared_ptr<HasOutput>> writing_;
  bool written_ = false;
};

}  // namespace faasta::http
