#include <array>
#include <chrono>

#include "attack/attackers.hpp"

namespace faasta::attack {
namespace {

using std::chrono::milliseconds;

/// As many calls as an owner may have at once.
constexpr unsigned kCalls = 200;
/// The calls come from so many addresses that no limit by client stops them.
constexpr unsigned kAddresses = 50;

/// Calls of each attacker's function, of this path.
Attack calls(const Stage& stage, const std::string& target, unsigned connections, milliseconds pause = {}) {
  Attack out;
  for (std::size_t i = 0; i < stage.functions.size(); ++i) {
    out.crowds.push_back(
        repeated(get(ThrowAwayServer::host(stage.functions[i]), target), connections, addresses_of(i), kAddresses));
    out.crowds.back().pause = pause;
  }
  return out;
}

constexpr milliseconds kBurst{180};

Result<Attack> short_calls(Stage& stage) { return calls(stage, "/burn?ms=1", kCalls, kBurst); }
Result<Attack> longer_calls(Stage& stage) { return calls(stage, "/burn?ms=3", kCalls, kBurst); }
Result<Attack> failing_calls(Stage& stage) { return calls(stage, "/burn?ms=2&end=trap", kCalls, kBurst); }
Result<Attack> same_poll(Stage& stage) { return calls(stage, "/same-poll?n=1000", kCalls, kBurst); }
Result<Attack> endless_calls(Stage& stage) { return calls(stage, "/spin", kCalls); }
Result<Attack> touched_memory(Stage& stage) { return calls(stage, "/touch?mb=100", 134); }
Result<Attack> small_parts(Stage& stage) { return calls(stage, "/parts?n=20000", 100); }
Result<Attack> kept_fields(Stage& stage) { return calls(stage, "/keep-fields?n=400", 100); }
Result<Attack> kept_paths(Stage& stage) { return calls(stage, "/keep-paths?n=200", 100); }
Result<Attack> kept_bodies(Stage& stage) { return calls(stage, "/keep-bodies?n=500", 100); }
Result<Attack> sleepers(Stage& stage) { return calls(stage, "/sleep", kCalls); }

Result<Attack> slow_readers(Stage& stage) {
  Attack out = calls(stage, "/large?n=1000", 190);
  for (CrowdPlan& plan : out.crowds) {
    plan.receive_buffer = 4096;
    plan.reads = false;
  }
  return out;
}

/// The server's default function calls itself six times, and so on.
Result<Attack> self_calls(Stage& stage) {
  return calls(stage, "/fetch?n=6&to=" + stage.server.own_origin() + "&path=/loop%3Fto%3D" + stage.server.own_origin(),
               6);
}

Result<Attack> outgoing_bytes(Stage& stage) {
  return calls(stage, "/fetch?n=1&to=" + stage.server.own_origin() + "&path=/large%3Fn%3D320", 60);
}

const std::array kAttackers = {
    Attacker{"short-calls", "B3", "200 calls at once compute for 1 ms each, in bursts", true, true, short_calls},
    Attacker{"longer-calls", "B3", "the same with 3 ms", true, false, longer_calls},
    Attacker{"failing-calls", "B3", "200 calls at once compute for 2 ms and trap, in bursts", true, false,
             failing_calls},
    Attacker{"same-poll", "B3", "200 calls at once poll one timer 1,000 times over", true, false, same_poll},
    Attacker{"endless-calls", "B3", "200 calls at once compute until their limit", true, true, endless_calls},
    Attacker{"touched-memory", "W16", "134 calls at once write to 100 MiB each", true, false, touched_memory},
    Attacker{"small-parts", "W16", "100 calls at once answer with 20,000 parts of a byte", true, false, small_parts},
    Attacker{"kept-fields", "B4", "100 calls would make the server keep 48 MB of fields each", true, false,
             kept_fields},
    Attacker{"kept-paths", "B4", "100 calls would make the server keep 24 MB of paths each", true, false, kept_paths},
    Attacker{"kept-bodies", "B4", "100 calls would make the server keep 65 MB of bodies each", true, true, kept_bodies},
    Attacker{"sleepers", "B5", "200 calls that never answer", false, false, sleepers},
    Attacker{"slow-readers", "B5", "190 clients do not read answers of 64 MB", false, false, slow_readers},
    Attacker{"self-calls", "B9", "a function calls itself, six times in each call", true, true, self_calls},
    Attacker{"outgoing-bytes", "W5", "60 calls at once fetch 20 MB each", true, false, outgoing_bytes},
};

}  // namespace

std::span<const Attacker> attacks_by_functions() { return kAttackers; }

}  // namespace faasta::attack
