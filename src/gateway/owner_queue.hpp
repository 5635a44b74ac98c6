#pragma once

#include <algorithm>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/ids.hpp"

namespace faasta::gateway {

/// A queue in which owners have turns: next() takes one job of each owner in turn. So many jobs of one owner do not
/// stand before the jobs of others. Only one thread may use it at a time.
template <class Job>
class OwnerQueue {
 public:
  void add(OwnerId owner, Job job) {
    const auto [found, is_new] = places_.try_emplace(owner);
    if (is_new) found->second = lines_.insert(lines_.end(), Line{owner, {}});
    found->second->jobs.push_back(std::move(job));
  }
  /// The number of the owner's jobs in the queue.
  [[nodiscard]] std::size_t waiting(OwnerId owner) const {
    const auto found = places_.find(owner);
    return found == places_.end() ? 0 : found->second->jobs.size();
  }
  /// Nothing if the queue is empty.
  [[nodiscard]] std::optional<Job> next() {
    return next([](OwnerId) { return true; });
  }
  /// The same, for the owners that `may` allows. It is called until it allows an owner.
  template <class May>
  [[nodiscard]] std::optional<Job> next(const May& may) {
    const auto line = std::ranges::find_if(lines_, may, &Line::owner);
    if (line == lines_.end()) return std::nullopt;
    std::optional<Job> out(std::move(line->jobs.front()));
    line->jobs.pop_front();
    if (line->jobs.empty()) {
      places_.erase(line->owner);
      lines_.erase(line);
    } else {
      lines_.splice(lines_.end(), lines_, line);
    }
    return out;
  }

 private:
  struct Line {
    OwnerId owner;
    std::list<Job> jobs;  // never empty
  };
  using Lines = std::list<Line>;
  Lines lines_;                                                   ///< the owners with jobs; the first has its turn
  std::unordered_map<OwnerId, typename Lines::iterator> places_;  ///< of the owners in `lines_`
};

}  // namespace faasta::gateway
