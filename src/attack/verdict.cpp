#include "attack/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace faasta::attack {
namespace {

std::uint64_t megabytes(std::uint64_t bytes) { return bytes >> 20U; }

}  // namespace

double Bounds::most_p99() const { return std::max(kFactor * quiet_p99, processor ? quiet_p99 + kProcessorMs : 0.0); }

bool Bounds::normal(const Latency& after) const {
  return after.requests > 0 && after.errors == 0 && after.p99 <= most_p99();
}

bool Bounds::memory_back(std::uint64_t after) const {
  return after <= start_memory + static_cast<std::uint64_t>((kMemoryFactor - 1) * static_cast<double>(most_memory));
}

std::vector<std::string> broken(const Figures& figures, const Bounds& bounds) {
  std::vector<std::string> out = figures.breaches;
  const auto errors = [&](const char* when, const Latency& latency) {
    if (latency.requests == 0) out.push_back(fmt::format("the victim was not asked {} the attack", when));
    if (latency.errors > 0)
      out.push_back(
          fmt::format("{} errors of the victim {} the attack: status {}", latency.errors, when, latency.statuses));
  };
  errors("before", figures.before);
  errors("during", figures.during);
  errors("after", figures.after);
  if (figures.during.p99 > bounds.most_p99())
    out.push_back(fmt::format("p99 {:.1f} ms during the attack, at most {:.1f} are allowed", figures.during.p99,
                              bounds.most_p99()));
  const auto most = static_cast<std::uint64_t>(Bounds::kMemoryFactor * static_cast<double>(bounds.most_memory));
  if (figures.memory_peak > most)
    out.push_back(
        fmt::format("{} MiB of memory, at most {} are allowed", megabytes(figures.memory_peak), megabytes(most)));
  if (figures.back_s > Bounds::kBack)
    out.push_back(fmt::format("not as before within {:.0f} s: p99 {:.1f} ms, {} MiB of memory", Bounds::kBack,
                              figures.after.p99, megabytes(figures.memory_after)));
  return out;
}

}  // namespace faasta::attack
