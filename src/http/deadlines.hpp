#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <cstdint>

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
  SteadyTime looked_at_ = SteadyTime::max();  ///< when run() looks at this object next, if it is in a slot
  boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> hook_;
};

/// The deadlines of one loop: a timer wheel with a step of 20 ms. run() looks at an object only when its deadline may
/// have passed, so ten thousand idle connections cost nothing. Most deadlines are moved to later again and again,
/// before they pass: this changes one number. The object stays in its slot, and moves when run() finds it there.
class Deadlines {
 public:
  explicit Deadlines(asio::io_context& loop) : timer_(loop), start_(std::chrono::steady_clock::now()) {}
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;
  ~Deadlines() = default;

  /// Replaces the deadline of the object. `max()`: none. An object that is destroyed has no deadline any more.
  /// on_deadline() is called at most 20 ms late; it may destroy any object.
  void set(HasDeadline& item, SteadyTime deadline);

  /// Runs until stop().
  Task<> run();
  void stop();

 private:
  using Hook = decltype(HasDeadline::hook_);
  using Slot =
      boost::intrusive::list<HasDeadline, boost::intrusive::member_hook<HasDeadline, Hook, &HasDeadline::hook_>,
                             boost::intrusive::constant_time_size<false>>;
  using Tick = std::int64_t;
  static constexpr std::chrono::milliseconds kPeriod{20};
  static constexpr Tick kSlots = 64;

  void insert(HasDeadline& item, Tick tick);
  void look_at(Slot& slot, SteadyTime now);
  [[nodiscard]] static Slot& slot_of(std::array<Slot, kSlots>& slots, Tick tick) {
    return slots.at(static_cast<std::size_t>(tick % kSlots));
  }

  asio::steady_timer timer_;
  const SteadyTime start_;
  Tick tick_ = 0;                  ///< the last tick that run() has handled
  std::array<Slot, kSlots> near_;  ///< each slot has the objects of one tick
  std::array<Slot, kSlots> far_;   ///< each slot has the objects of kSlots ticks; the last one also those after it
  bool stopped_ = false;
};

}  // namespace faasta::http
