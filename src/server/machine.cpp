#include "server/machine.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/log.hpp"
#include "compile/child.hpp"

namespace faasta::server {
namespace {

constexpr std::uint64_t kGuestStackBytes = 1U << 20U;
/// A slot needs three mappings if its memory has an image, and two mappings for its stack. A component needs mappings
/// for metadata, code and data.
constexpr std::uint64_t kMappingsOfSlot = 5;
/// For so many calls with a place, there is one slot more, for a call that waits for its body.
constexpr std::uint64_t kSlotsOfBody = 4;
constexpr std::uint64_t kMappingsOfComponent = 3;
/// Mappings for libraries, threads, the allocator and SQLite; they use about 150.
constexpr std::uint64_t kOwnMappings = 1'000;
/// Descriptors for listeners, event loops, the catalog, logs, deploys and outgoing requests.
constexpr std::uint64_t kOwnDescriptors = 128;
/// Each event loop also needs these descriptors, because its connection to the catalog has a file and a journal.
constexpr std::uint64_t kDescriptorsOfLoop = 2;
/// The allocator needs this address space, because it reserves one GiB at a time.
constexpr std::uint64_t kOwnBytes = 2ULL << 30U;
/// The largest honest components (JavaScript and Python runtimes) compile with this much private memory.
constexpr std::uint64_t kLeastChildBytes = 768ULL << 20U;
constexpr std::uint64_t kLeastSlots = 4;
constexpr std::uint64_t kLeastComponents = 16;
constexpr std::uint64_t kLeastConnections = 16;

std::uint64_t less(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; }

std::uint64_t number_in(const char* file, std::uint64_t otherwise) {
  std::ifstream stream(file);
  std::uint64_t value = 0;
  return stream >> value ? value : otherwise;
}

/// Returns the value of a line "key: N kB" in /proc/meminfo, in bytes.
std::uint64_t meminfo(std::string_view key) {
  std::ifstream stream("/proc/meminfo");
  std::string name;
  std::uint64_t value = 0;
  for (std::string unit; stream >> name >> value; std::getline(stream, unit)) {
    if (name == key) return value << 10U;
  }
  return 0;
}

/// Returns the smallest memory.max of this process's control group (version 2) and of the parents of this group.
std::uint64_t control_group_bytes() {
  constexpr std::string_view kUnified = "0::/";
  std::ifstream groups("/proc/self/cgroup");
  std::uint64_t least = UINT64_MAX;
  for (std::string line; std::getline(groups, line);) {
    if (!line.starts_with(kUnified)) continue;
    const std::filesystem::path root = "/sys/fs/cgroup";
    for (auto at = root / line.substr(kUnified.size());; at = at.parent_path()) {
      least = std::min(least, number_in((at / "memory.max").c_str(), UINT64_MAX));  // the text "max" gives UINT64_MAX
      if (at == root || !at.has_relative_path()) break;
    }
  }
  return least;
}

std::uint64_t raised(rlim_t most) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1'024;
  rlimit wanted = limit;
  wanted.rlim_cur = std::min(limit.rlim_max, most);
  if (wanted.rlim_cur > limit.rlim_cur && ::setrlimit(RLIMIT_NOFILE, &wanted) == 0) return wanted.rlim_cur;
  return limit.rlim_cur;
}

/// Returns how many of `slots` are for calls with a place.
std::uint64_t without_bodies(std::uint64_t slots) { return slots * kSlotsOfBody / (kSlotsOfBody + 1); }
std::uint32_t bodies_of(std::uint64_t slots) {
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, slots / kSlotsOfBody));
}

}  // namespace

Machine Machine::here() {
  // The kernel's table of descriptors grows with their number, so the number is limited.
  constexpr rlim_t kMostDescriptors = 1U << 20U;
  constexpr std::uint64_t kNeverOvercommit = 2;
  Machine out;
  out.cores = std::max(1U, std::thread::hardware_concurrency());
  out.mappings = number_in("/proc/sys/vm/max_map_count", out.mappings);
  out.descriptors = raised(kMostDescriptors);
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) == 0)
    out.address_bytes = std::min<std::uint64_t>(out.address_bytes, limit.rlim_cur);
  const std::uint64_t used = number_in("/proc/self/statm", 0) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  out.address_bytes = less(out.address_bytes, used);
  if (number_in("/proc/sys/vm/overcommit_memory", 0) == kNeverOvercommit)
    out.address_bytes = std::min(out.address_bytes, less(meminfo("CommitLimit:"), meminfo("Committed_AS:")));
  if (const std::uint64_t total = meminfo("MemTotal:"); total > 0) out.memory_bytes = total;
  out.memory_bytes = std::min(out.memory_bytes, control_group_bytes());
  return out;
}

Result<MachineLimits> share(const Machine& machine, const Config& config) {
  MachineLimits out;
  out.slots = config.slots;
  out.connections = config.connections;
  const auto too_little = [](std::string_view setting, std::string_view what) {
    return fail(Code::config_invalid, fmt::format("{}: the machine has too little for it: {}", setting, what));
  };

  // Address space: each slot may grow to the largest memory, and loaded components are mapped.
  const std::uint64_t slot_bytes = config.ceilings.memory_bytes + kGuestStackBytes;
  const std::uint64_t loaded_bytes = std::uint64_t{config.loaded_mb} << 20U;
  const std::uint64_t addresses = less(machine.address_bytes, kOwnBytes);
  if (addresses < loaded_bytes / 8 + kLeastSlots * slot_bytes)
    return too_little(
        "limits.memory_mb or engine.loaded_mb",
        fmt::format("{} MiB of address space (RLIMIT_AS, vm.overcommit_memory)", machine.address_bytes >> 20U));
  // Loaded components get their configured size, or at most half of the address space.
  const std::uint64_t for_slots = std::max(less(addresses, loaded_bytes), addresses / 2);
  const std::uint64_t addressed = without_bodies(for_slots / slot_bytes);

  // Mappings: slots get at most half of the mappings.
  const std::uint64_t mappings = less(machine.mappings, kOwnMappings);
  const std::uint64_t mapped = without_bodies(mappings / 2 / kMappingsOfSlot);
  const std::uint64_t slots = std::min({std::uint64_t{config.slots}, addressed, mapped});
  if (slots < kLeastSlots)
    return too_little("engine.slots", fmt::format("{} mappings (vm.max_map_count), {} MiB of address space",
                                                  machine.mappings, machine.address_bytes >> 20U));
  if (slots < config.slots) {
    out.slots = static_cast<std::uint32_t>(slots);
    out.lowered.push_back(fmt::format(
        "engine.slots from {} to {}: {}", config.slots, slots,
        addressed < mapped ? "address space (RLIMIT_AS, vm.overcommit_memory)" : "mappings (vm.max_map_count)"));
  }
  out.waiting_bodies = bodies_of(slots);
  out.components = less(mappings, (slots + out.waiting_bodies) * kMappingsOfSlot) / kMappingsOfComponent;

  // Memory: the part that calls do not get is for compile children, loaded components, the kernel's buffers and the
  // server itself. Compile children get about a quarter of the memory: those of deploys, and one that compiles code
  // again. At least two deploys compile at a time, so that the slow compile of one owner does not stop the others.
  const auto fitting = static_cast<unsigned>(
      std::min<std::uint64_t>(less(machine.memory_bytes / 4 / kLeastChildBytes, 1), std::max(1U, machine.cores)));
  out.compiles = std::max(2U, fitting);
  const std::uint64_t children = std::uint64_t{out.compiles} + 1;
  out.child_bytes = std::clamp(machine.memory_bytes / 4 / children, kLeastChildBytes, compile::kMostChildBytes);
  const std::uint64_t beside = children * out.child_bytes + machine.memory_bytes / 8;
  const std::uint64_t for_calls =
      std::clamp(less(machine.memory_bytes, beside), machine.memory_bytes / 4, machine.memory_bytes / 4 * 3);
  out.memory_bytes = config.all_memory_mb > 0 ? std::uint64_t{config.all_memory_mb} << 20U : for_calls;
  if (out.memory_bytes / 4 * 3 < config.ceilings.memory_bytes)  // one owner's calls can have only this much (engine.h)
    return too_little(
        "limits.memory_mb",
        fmt::format("calls may have {} MiB together (engine.all_memory_mb), one owner's three quarters of it",
                    out.memory_bytes >> 20U));

  // Descriptors: one for each connection, and one for each component with an image.
  const std::uint64_t descriptors =
      less(machine.descriptors, kOwnDescriptors + kDescriptorsOfLoop * config.event_loops());
  if (descriptors < kLeastConnections + kLeastComponents)
    return too_little("server.connections", fmt::format("{} descriptors (RLIMIT_NOFILE)", machine.descriptors));
  const std::uint64_t connections = std::min<std::uint64_t>(config.connections, descriptors / 2);
  if (connections < config.connections) {
    out.connections = static_cast<std::uint32_t>(connections);
    out.lowered.push_back(
        fmt::format("server.connections from {} to {}: descriptors (RLIMIT_NOFILE)", config.connections, connections));
  }
  out.components = std::min(out.components, descriptors - connections);
  if (out.components < kLeastComponents)
    return too_little("engine.slots", fmt::format("{} mappings (vm.max_map_count)", machine.mappings));
  return out;
}

void log_limits(const Machine& machine, const MachineLimits& limits) {
  log::info("machine_limits", {{"mappings", machine.mappings},
                               {"descriptors", machine.descriptors},
                               {"address_mb", machine.address_bytes >> 20U},
                               {"memory_mb", machine.memory_bytes >> 20U},
                               {"calls_memory_mb", limits.memory_bytes >> 20U},
                               {"compiles", limits.compiles},
                               {"compile_memory_mb", limits.child_bytes >> 20U},
                               {"slots", limits.slots},
                               {"connections", limits.connections},
                               {"components", limits.components}});
  for (const std::string& lowered : limits.lowered) log::warn("setting_lowered", {{"what", lowered}});
}

}  // namespace faasta::server
