#pragma once

#include <functional>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "base/ids.hpp"
#include "http/task.hpp"

namespace faasta::deploy {

/// A line of deploys, or of other jobs, for each owner. Only the first deploys of each line go on; the others wait in
/// order. Any thread may use it.
class OwnerLines {
 public:
  /// Being among the first of a line. Destroying the turn lets the next deploy of the owner go on.
  class Turn {
   public:
    Turn(OwnerLines& lines, OwnerId owner) : lines_(&lines), owner_(owner) {}
    Turn(Turn&& other) noexcept : lines_(std::exchange(other.lines_, nullptr)), owner_(other.owner_) {}
    Turn& operator=(Turn&&) = delete;
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      if (lines_ != nullptr) lines_->leave(owner_);
    }

   private:
    OwnerLines* lines_;
    OwnerId owner_;
  };

  /// Returns when fewer than `most` deploys of the owner have a turn, in the order of the calls.
  [[nodiscard]] Task<Turn> enter(OwnerId owner, unsigned most);

 private:
  struct Line {
    unsigned turns = 0;
    std::list<std::move_only_function<void()>> waiting;
  };
  /// Calls `resume` when there is a turn: now or later.
  void take(OwnerId owner, unsigned most, std::move_only_function<void()> resume);
  void leave(OwnerId owner);

  std::mutex mutex_;
  std::unordered_map<OwnerId, Line> lines_;  // an owner has an entry only while a deploy has a turn
};

}  // namespace faasta::deploy
