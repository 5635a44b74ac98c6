#pragma once

#include <list>

#include "base/clock.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// An object of a loop that must not wait longer than its deadline.
class HasDeadline {
 public:
  HasDeadline() = default;
  HasDeadline(const HasDeadline&) = delete;
  HasDeadline& operator=(const HasDeadline&) = delete;
  virtual ~HasDeadline() = default;

  virtual void on_deadline() = 0;

 private:
  friend class Deadlines;
  SteadyTime deadline_ = SteadyTime::max();
  std::list<HasDeadline*>::iterator place_;
};

/// The deadlines of one loop. One timer checks all of them every 20 ms, so setting a deadline costs nothing.
class Deadlines {
 public:
  explicit Deadlines(asio::io_context& loop) : timer_(loop) {}

  void add(HasDeadline& item) { item.place_ = items_.insert(items_.end(), &item); }
  /// on_deadline() is allowed to remove any item and then to destroy it.
  void remove(HasDeadline& item) {
    if (next_ == item.place_) ++next_;
    items_.erase(item.place_);
  }
  static void set(HasDeadline& item, SteadyTime deadline) { item.deadline_ = deadline; }

  /// Runs until stop().
  Task<> run();
  void stop();

 private:
  asio::steady_timer timer_;
  std::list<HasDeadline*> items_;
  std::list<HasDeadline*>::iterator next_ = items_.end();  ///< the item that run() checks next
  bool stopped_ = false;
};

}  // namespace faasta::http
