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
  // Both are ticks of Deadlines. Each connection has them, so they are small.
  std::uint32_t deadline_ = 0;   ///< 0: none
  std::uint32_t looked_at_ = 0;  ///< when run() looks at this object next, if it is in a slot
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
  /// Steps of 20 ms. The number begins again after two years, so only differences count.
  using Tick = std::uint32_t;
  static constexpr std::chrono::milliseconds kPeriod{20};
  static constexpr Tick kSlots = 64;
  /// After this many objects, the loop's other handlers run: hundreds of clients may reach the same deadline.
  static constexpr unsigned kAtOnce = 16;

  /// Whether `a` comes before `b`.
  [[nodiscard]] static bool is_before(Tick a, Tick b) noexcept { return static_cast<std::int32_t>(a - b) < 0; }
  void insert(HasDeadline& item);
  [[nodiscard]] Task<> look_at(Slot& slot);

  asio::steady_timer timer_;
  const SteadyTime start_;
  std::int64_t ticks_ = 0;         ///< of these ticks since start_, run() has handled all
  std::array<Slot, kSlots> near_;  ///< each slot has the objects of one tick
  std::array<Slot, kSlots> far_;   ///< each slot has the objects of kSlots ticks; the last one also those after it
  bool stopped_ = false;
};

}  // namespace faasta::http
