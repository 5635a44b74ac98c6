#include "server/first_compiles.hpp"

#include <algorithm>
#include <tuple>

#include "base/log.hpp"

namespace faasta::server {
namespace {

/// A component of this size contains a language's runtime.
constexpr std::uint64_t kLargeBytes = 4ULL << 20U;

}  // namespace

std::vector<Sha256> in_order_of_compiling(const std::vector<store::LiveComponent>& missing,
                                          const std::unordered_map<FunctionId, std::uint64_t>& heat, bool all) {
  struct Wish {
    std::uint64_t heat = 0;
    std::uint64_t bytes = 0;
  };
  std::unordered_map<Sha256, Wish, Sha256Hash> wishes;
  for (const store::LiveComponent& one : missing) {
    const auto found = heat.find(one.function);
    if (found == heat.end() && !all) continue;
    Wish& wish = wishes[one.sha256];
    wish.heat += found == heat.end() ? 0 : found->second;
    wish.bytes = one.bytes;
  }
  std::vector<Sha256> out;
  out.reserve(wishes.size());
  for (const auto& [sha256, wish] : wishes) out.push_back(sha256);
  std::ranges::sort(out, [&](const Sha256& one, const Sha256& other) {
    const auto key = [&](const Sha256& sha256) {
      const Wish& wish = wishes.at(sha256);
      return std::tuple(wish.heat == 0, wish.bytes >= kLargeBytes, UINT64_MAX - wish.heat, wish.bytes, sha256.bytes);
    };
    return key(one) < key(other);
  });
  return out;
}

std::vector<Sha256> first_compiles(store::Connections& connections, store::CountStore& counts,
                                   const store::Artifacts& artifacts, Runtimes& runtimes, bool all) {
  auto live = store::live_components(connections);
  const auto heat = counts.called_since(system_now() - std::chrono::hours(1));
  if (!live || !heat) {
    log::warn("first_compiles_unknown", {{"cause", live ? heat.error().detail : live.error().detail}});
    return {};
  }
  if (live->empty()) return runtimes.find();
  std::erase_if(*live, [&](const store::LiveComponent& one) { return artifacts.has_compiled(one.sha256); });
  return in_order_of_compiling(*live, *heat, all);
}

void compile_listed(const std::function<std::vector<Sha256>()>& list, const std::function<void(const Sha256&)>& compile,
                    bool again, const std::function<bool(std::size_t done, std::size_t count)>& told) {
  // Behind this time the server listens: callers of the rest wait for their code. A tenant with many large components
  // must not delay all others.
  constexpr std::chrono::minutes kMost{10};
  const SteadyTime end = std::chrono::steady_clock::now() + kMost;
  constexpr int kRounds = 3;
  for (int round = 0; round < kRounds; ++round) {
    const auto first = list();
    std::size_t done = 0;
    while (done < first.size() && std::chrono::steady_clock::now() < end && told(done, first.size()))
      compile(first[done++]);
    if (done > 0) log::info("compiled_before_start", {{"count", done}});
    if (done == 0 || !again) return;
  }
}

}  // namespace faasta::server
