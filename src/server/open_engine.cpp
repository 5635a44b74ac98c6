#include "server/open_engine.hpp"

#include "base/propagate.hpp"
#include "engine/seal_key.hpp"

namespace faasta::server {
namespace {

engine::Clock clock_of(const Config& config) {
  if (config.clock == "coarse") return engine::Clock::coarse;
  if (config.clock == "frozen") return engine::Clock::frozen;
  return engine::Clock::exact;
}

}  // namespace

Result<std::shared_ptr<const engine::Engine>> open_engine(const Config& config, const MachineLimits& limits,
                                                          const std::filesystem::path& data) {
  ASSIGN_OR_RETURN(const engine::SealKey key, engine::seal_key(data / "seal.key"));
  return engine::Engine::open({.slots = limits.slots + limits.waiting_bodies,
                               .memory_bytes = config.ceilings.memory_bytes,
                               .all_memory_bytes = limits.memory_bytes,
                               .keep_resident = !engine::machine_swaps(),
                               .clock = clock_of(config),
                               .reachable = config.reachable,
                               .ports = config.outbound_ports,
                               .seal_key = key});
}

}  // namespace faasta::server
