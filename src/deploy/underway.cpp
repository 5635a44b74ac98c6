#include "deploy/underway.hpp"

#include <chrono>
#include <utility>

namespace faasta::deploy {

std::string_view to_text(Phase phase) noexcept {
  switch (phase) {
    case Phase::receiving:
      return "receiving";
    case Phase::waiting:
      return "waiting";
    case Phase::compiling:
      return "compiling";
    case Phase::probing:
      return "probing";
    case Phase::activating:
      break;
  }
  return "activating";
}

Underway::Deploy::Deploy(Underway& all, OwnerId owner, std::string function) : all_(all) {
  const SteadyTime now = std::chrono::steady_clock::now();
  const std::scoped_lock lock(all.mutex_);
  entry_ = all.all_.insert(all.all_.end(), Entry{owner, std::move(function), {Phase::receiving, now, now}});
}

Underway::Deploy::~Deploy() {
  const std::scoped_lock lock(all_.mutex_);
  all_.all_.erase(entry_);
}

void Underway::Deploy::begin(Phase phase) {
  const SteadyTime now = std::chrono::steady_clock::now();
  const std::scoped_lock lock(all_.mutex_);
  entry_->state.phase = phase;
  entry_->state.phase_begin = now;
}

std::vector<Underway::State> Underway::of(OwnerId owner, std::string_view function) const {
  std::vector<State> out;
  const std::scoped_lock lock(mutex_);
  for (const Entry& entry : all_)
    if (entry.owner == owner && entry.function == function) out.push_back(entry.state);
  return out;
}

}  // namespace faasta::deploy
