#pragma once

#include <list>
#include <optional>
#include <utility>

#include "base/ids.hpp"

namespace faasta::gateway {

/// A queue in which owners have turns: next() takes one job of each owner in turn. So many jobs of one owner do not
/// stand before the jobs of others. Only one thread may use it at a time.
template <class Job>
class OwnerQueue {
 public:
  void add(OwnerId owner, Job job) {
    for (Line& line : lines_) {
      if (line.owner == owner) return line.jobs.push_back(std::move(job));
    }
    lines_.push_back({owner, {}});
    lines_.back().jobs.push_back(std::move(job));
  }
  /// Nothing if the queue is empty.
  [[nodiscard]] std::optional<Job> next() {
    if (lines_.empty()) return std::nullopt;
    Line& line = lines_.front();
    std::optional<Job> out(std::move(line.jobs.front()));
    line.jobs.pop_front();
    if (line.jobs.empty()) {
      lines_.pop_front();
    } else {
      lines_.splice(lines_.end(), lines_, lines_.begin());
    }
    return out;
  }

 private:
  struct Line {
    OwnerId owner;
    std::list<Job> jobs;  // never empty
  };
  std::list<Line> lines_;  ///< the owners with jobs; the first has its turn
};

}  // namespace faasta::gateway
