#include "attack/trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

#include "base/propagate.hpp"

namespace faasta::attack {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* kVictim = "victim";
constexpr milliseconds kMemoryStep{50};

}  // namespace

Result<std::unique_ptr<Trials>> Trials::open(std::string component, const std::filesystem::path& settings,
                                             milliseconds during) {
  ASSIGN_OR_RETURN(auto server, ThrowAwayServer::make(settings));
  ASSIGN_OR_RETURN(const Person victim, server->sign_in("victim"));
  RETURN_IF_ERROR(server->deploy(victim, kVictim, component));
  ASSIGN_OR_RETURN(const Person depot, server->sign_in("depot"));
  RETURN_IF_ERROR(server->deploy(depot, ThrowAwayServer::kDefaultFunction, component,
                                 "&verify=false&outbound=" + server->own_origin()));
  return std::unique_ptr<Trials>(new Trials(std::move(component), std::move(server), during));
}

Trials::Trials(std::string component, std::unique_ptr<ThrowAwayServer> server, milliseconds during)
    : component_(std::move(component)),
      server_(std::move(server)),
      during_(during),
      victim_(std::make_unique<Victim>(server_->port(), ThrowAwayServer::host(kVictim))) {
  // The first requests load the function.
  std::this_thread::sleep_for(milliseconds(500));
  start_memory_ = server_->memory();
}

Result<Stage> Trials::stage(unsigned owners) {
  Stage out{
      .server = *server_, .component = component_, .victim = kVictim, .owners = {}, .functions = {}, .salt = ++trials_};
  for (unsigned i = 0; i < owners; ++i) {
    ASSIGN_OR_RETURN(auto person, server_->sign_in(fmt::format("attacker-{}-{}", out.salt, i)));
    out.functions.push_back(fmt::format("attack-{}-{}", out.salt, i));
    RETURN_IF_ERROR(
        server_->deploy(person, out.functions.back(), component_, "&verify=false&outbound=" + server_->own_origin()));
    out.owners.push_back(std::move(person));
  }
  return out;
}

Latency Trials::wait_and_measure(milliseconds time, std::uint64_t* peak) {
  const auto from = steady_clock::now();
  const auto to = from + time;
  while (steady_clock::now() < to) {
    if (peak != nullptr) *peak = std::max(*peak, server_->memory());
    std::this_thread::sleep_for(kMemoryStep);
  }
  return Latency::of(victim_->between(from, to));
}

void Trials::set_bounds(Trial& trial, SteadyTime from, SteadyTime to) {
  const auto samples = victim_->between(from, to);
  trial.figures.before = Latency::of(samples);
  std::ranges::copy(samples, std::back_inserter(quiet_));
  trial.bounds.quiet_p99 = Latency::of(quiet_).p99;
  trial.bounds.most_memory = server_->most_memory();
  trial.bounds.start_memory = start_memory_;
}

void Trials::measure(Trial& trial, const std::vector<CrowdPlan>& plans) {
  Figures& figures = trial.figures;
  const auto start = steady_clock::now();
  std::this_thread::sleep_for(during_ / 2);
  set_bounds(trial, start, steady_clock::now());
  figures.memory_before = figures.memory_peak = server_->memory();
  {
    std::vector<std::unique_ptr<Crowd>> crowds;
    for (const CrowdPlan& plan : plans) crowds.push_back(std::make_unique<Crowd>(plan, server_->port()));
    figures.during = wait_and_measure(during_, &figures.memory_peak);
    for (const auto& crowd : crowds) figures.attackers.add(crowd->tally());
  }
  measure_after(trial);
}

void Trials::measure_after(Trial& trial) {
  Figures& figures = trial.figures;
  const auto end = steady_clock::now();
  const auto window = std::max(during_ / 2, milliseconds(1000));
  std::size_t errors = 0;
  for (;;) {
    figures.back_s = std::chrono::duration<double>(steady_clock::now() - end).count();
    figures.after = wait_and_measure(window);
    figures.memory_after = server_->memory();
    errors += figures.after.errors;
    const bool back = trial.bounds.normal(figures.after) && trial.bounds.memory_back(figures.memory_after);
    if (back || figures.back_s > Bounds::kBack) break;
  }
  figures.after.errors = errors;
  if (!server_->runs()) figures.breaches.push_back("the server ended: " + server_->last_words());
}

Result<Trial> Trials::once(const Attacker& attacker, unsigned owners) {
  ASSIGN_OR_RETURN(auto stage, this->stage(owners));
  ASSIGN_OR_RETURN(const auto attack, attacker.prepare(stage));
  Trial out{
      .name = attacker.name, .finding = attacker.finding, .owners = owners, .figures = {}, .bounds = {}, .broken = {}};
  out.bounds.processor = attacker.processor;
  measure(out, attack.crowds);
  if (const std::string breach = attack.breach(); !breach.empty()) out.figures.breaches.push_back(breach);
  out.broken = broken(out.figures, out.bounds);
  return out;
}

Result<Trial> Trials::control() {
  Trial out{.name = "control", .finding = {}, .figures = {}, .bounds = {}, .broken = {}};
  measure(out, {});
  out.broken = broken(out.figures, out.bounds);
  return out;
}

}  // namespace faasta::attack
