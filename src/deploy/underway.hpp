#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace faasta::deploy {

/// What a deploy does at the moment.
enum class Phase : std::uint8_t {
  receiving,   ///< the component's bytes arrive
  waiting,     ///< other deploys of the owner, or other compiles, come first
  compiling,   ///< a compile child runs
  probing,     ///< the new version is asked for an answer
  activating,  ///< the version becomes the active one
};
[[nodiscard]] std::string_view to_text(Phase phase) noexcept;

/// Knows the phase of each deploy, so that its client can ask. Any thread may use it; its lock is held for no I/O.
class Underway {
 public:
  struct State {
    Phase phase = Phase::receiving;
    SteadyTime phase_begin;
    SteadyTime begin;
  };

 private:
  struct Entry {
    OwnerId owner;
    std::string function;
    State state;
  };

 public:
  /// One deploy. It is under way until the object is destroyed.
  class Deploy {
   public:
    Deploy(Underway& all, OwnerId owner, std::string function);
    Deploy(const Deploy&) = delete;
    Deploy& operator=(const Deploy&) = delete;
    ~Deploy();
    void begin(Phase phase);

   private:
    Underway& all_;
    std::list<Entry>::iterator entry_;
  };

  /// Returns the deploys of one function, in the order in which they began.
  [[nodiscard]] std::vector<State> of(OwnerId owner, std::string_view function) const;

 private:
  mutable std::mutex mutex_;
  std::list<Entry> all_;
};

}  // namespace faasta::deploy
