#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "attack/attackers.hpp"
#include "attack/heavy_component.hpp"
#include "base/propagate.hpp"

namespace faasta::attack {
namespace {

using std::chrono::milliseconds;

/// Returns a number that no other component of this run has.
std::uint64_t unique(const Stage& stage, std::size_t attacker, std::uint64_t n) {
  return (stage.salt << 32U) + (attacker << 24U) + n;
}

/// Uploads of each attacker, again and again. `component` makes the component from a number.
template <class Make>
Attack uploads(const Stage& stage, unsigned connections, Make component) {
  Attack out;
  for (std::size_t i = 0; i < stage.owners.size(); ++i) {
    CrowdPlan plan = repeated("", connections, Client{stage.owners[i].client}, 1);
    plan.request = [&stage, i, component](std::uint64_t n) {
      return stage.server.upload_request(stage.owners[i], fmt::format("new-{}-{}-{}", stage.salt, i, n % 4),
                                         component(unique(stage, i, n)), "&verify=false");
    };
    out.crowds.push_back(std::move(plan));
  }
  return out;
}

Result<Attack> slow_compiles(Stage& stage) {
  return uploads(stage, 4, [&stage](std::uint64_t salt) {
    constexpr unsigned kLoops = 12'000;
    return with_unused_loops(stage.component, kLoops, salt);
  });
}

Result<Attack> long_imports(Stage& stage) {
  return uploads(stage, 6, [](std::uint64_t salt) { return of_long_imports(180, 30'000, salt); });
}

/// Components with much code, called in turn. The server cannot keep all of them loaded.
Result<Attack> many_loads(Stage& stage) {
  constexpr unsigned kFunctions = 8, kCodeFunctions = 6'000, kCallers = 28;
  Attack out;
  for (std::size_t i = 0; i < stage.owners.size(); ++i) {
    std::vector<std::string> requests;
    for (unsigned k = 0; k < kFunctions; ++k) {
      const std::string name = fmt::format("large-{}-{}-{}", stage.salt, i, k);
      const std::string large = with_unused_functions(stage.component, kCodeFunctions, unique(stage, i, k));
      RETURN_IF_ERROR(stage.server.deploy(stage.owners[i], name, large, "&verify=false"));
      requests.push_back(get(ThrowAwayServer::host(name), "/"));
    }
    CrowdPlan plan = repeated("", kCallers, addresses_of(i), 5);
    plan.request = [requests](std::uint64_t n) { return requests[n % requests.size()]; };
    out.crowds.push_back(std::move(plan));
  }
  return out;
}

Result<Attack> log_reads(Stage& stage) {
  Attack out;
  for (std::size_t i = 0; i < stage.owners.size(); ++i) {
    const Person& owner = stage.owners[i];
    ASSIGN_OR_RETURN(auto wire, Wire::connect(stage.server.port(), addresses_of(i), milliseconds(5000)));
    for (int calls = 0; calls < 20; ++calls)
      RETURN_IF_ERROR(wire.exchange(get(ThrowAwayServer::host(stage.functions[i]), "/log?n=15"), milliseconds(5000)));
    const auto read = [&](const std::string& accept) {
      return get(ThrowAwayServer::host("api"), "/v1/functions/" + stage.functions[i] + "/logs?tail=10000",
                 "authorization: Bearer " + owner.token + "\r\naccept: " + accept + "\r\n");
    };
    out.crowds.push_back(repeated(read("application/x-ndjson"), 10, Client{owner.client}, 1));
    out.crowds.push_back(repeated(read("text/event-stream"), 32, Client{owner.client}, 1));
  }
  return out;
}

const std::array kAttackers = {
    Attacker{"slow-compiles", "W4", "four uploads at once, each of which takes the compiler many seconds", true, false,
             slow_compiles},
    Attacker{"long-imports", "B8", "six uploads at once with 180 import names of 30 KB", true, false, long_imports},
    Attacker{"many-loads", "W10", "eight functions with 4 MB of code each, called in turn", true, false, many_loads},
    Attacker{"log-reads", "W15", "10 readers and 32 streams of a log, without pause", true, false, log_reads},
};

}  // namespace

std::span<const Attacker> attacks_on_the_api() { return kAttackers; }

}  // namespace faasta::attack
