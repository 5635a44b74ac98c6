#include "attack/report.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "base/json.hpp"

namespace faasta::attack {
namespace {

constexpr const char* kLine = "{:<18} {:>6} {:>5}  {:<17} {:<20} {:<11} {:>9} {:>9}  {:<15} {:>5}  {}\n";

std::string whole(std::uint64_t bytes) { return std::to_string(bytes >> 20U); }

json::object object_of(const Latency& latency) {
  return {{"requests", latency.requests}, {"errors", latency.errors}, {"p50_ms", latency.p50}, {"p99_ms", latency.p99}};
}

json::object object_of(const Trial& trial) {
  const Figures& figures = trial.figures;
  json::object out{
      {"attacker", trial.name}, {"finding", trial.finding}, {"owners", trial.owners}, {"tries", trial.tries}};
  out["before"] = object_of(figures.before);
  out["during"] = object_of(figures.during);
  out["after"] = object_of(figures.after);
  out["most_p99_ms"] = trial.bounds.most_p99();
  out["answered"] = figures.attackers.answered();
  out["refused"] = figures.attackers.refused();
  json::object statuses;
  for (const auto& [status, count] : figures.attackers.by_status) statuses[std::to_string(status)] = count;
  out["statuses"] = statuses;
  out["memory_before"] = figures.memory_before;
  out["memory_peak"] = figures.memory_peak;
  out["memory_after"] = figures.memory_after;
  out["back_s"] = figures.back_s;
  out["broken"] = json::array(trial.broken.begin(), trial.broken.end());
  if (!trial.note.empty()) out["note"] = trial.note;
  return out;
}

std::string latencies(double before, double during, double after) {
  return fmt::format("{:.1f}/{:.1f}/{:.1f}", before, during, after);
}

}  // namespace

void Report::begin() const {
  if (json_) return;
  fmt::print(kLine, "ATTACKER", "OWNERS", "TRIES", "P50 ms b/d/a", "P99 ms b/d/a", "ERRORS", "ANSWERED", "REFUSED",
             "MEMORY MiB", "BACK", "VERDICT");
  std::fflush(stdout);
}

void Report::add(const Trial& trial) const {
  if (json_) {
    fmt::print("{}\n", to_text(object_of(trial)));
  } else {
    const Figures& f = trial.figures;
    std::string verdict = trial.broken.empty() ? "holds" : "BROKEN:";
    for (const std::string& sentence : trial.broken)
      verdict += (&sentence == &trial.broken.front() ? " " : "; ") + sentence;
    if (!trial.note.empty()) verdict += (trial.broken.empty() ? ": " : "; ") + trial.note;
    fmt::print(kLine, trial.name, trial.owners, trial.tries, latencies(f.before.p50, f.during.p50, f.after.p50),
               latencies(f.before.p99, f.during.p99, f.after.p99),
               fmt::format("{}/{}/{}", f.before.errors, f.during.errors, f.after.errors), f.attackers.answered(),
               f.attackers.refused(),
               fmt::format("{}/{}/{}", whole(f.memory_before), whole(f.memory_peak), whole(f.memory_after)),
               fmt::format("{:.0f} s", f.back_s), verdict);
  }
  std::fflush(stdout);
}

}  // namespace faasta::attack
