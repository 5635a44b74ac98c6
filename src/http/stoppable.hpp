#pragma once

#include <boost/intrusive/list.hpp>

namespace faasta::http {

/// An object that must end before its loop ends: a connection, or work that goes on after its exchange. The list of its
/// loop contains the object as long as it exists.
class Stoppable : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  using List = boost::intrusive::list<Stoppable, boost::intrusive::constant_time_size<false>>;

  explicit Stoppable(List& list) { list.push_back(*this); }
  Stoppable(const Stoppable&) = delete;
  Stoppable& operator=(const Stoppable&) = delete;
  virtual ~Stoppable() = default;

  /// Called when the server stops. The object must end after its current request. If it has no request, it waits a
  /// short time, because a request may be on its way.
  virtual void drain() = 0;
  /// The object must end now.
  virtual void kill() = 0;

  /// Calls `visit` for each object. `visit` is allowed to destroy the object that it gets, but no other object.
  template <class Visit>
  static void for_each(List& list, Visit visit) {
    for (auto next = list.begin(); next != list.end();) visit(*next++);
  }
};

}  // namespace faasta::http
