#include "metrics/busiest.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace faasta::metrics {
namespace {

constexpr std::array<std::string_view, 4> kWays = {"cpu", "calls", "errors", "memory"};
constexpr std::size_t kServerErrors = 5;

std::uint64_t weight(const CallCounts& counts, Busiest::By by) {
  switch (by) {
    case Busiest::By::cpu:
      return counts.cpu_us;
    case Busiest::By::calls:
      return counts.calls();
    case Busiest::By::errors:
      return counts.by_class[kServerErrors];
    case Busiest::By::memory:
      return counts.peak_memory_bytes;
  }
  return 0;
}

}  // namespace

std::optional<Busiest::By> Busiest::parse(std::string_view text) {
  const auto* const found = std::ranges::find(kWays, text);
  if (found == kWays.end()) return std::nullopt;
  return static_cast<By>(found - kWays.begin());
}

std::vector<Busiest::Row> Busiest::look(By by, std::size_t most, const std::function<bool(std::string_view)>& shows) {
  std::vector<Row> out;
  const bool first = looks_++ == 0;
  std::size_t known = 0;
  for (auto& [function, name, metrics] : registry_.of_owner(owner_)) {
    if (!shows(name)) continue;
    ++known;
    const auto [place, is_new] = before_.try_emplace(function);
    Seen& seen = place->second;
    seen.look = looks_;
    // Most functions were not called: their counts are not read again.
    if (!is_new && seen.counts.calls() == metrics->calls()) continue;
    CallCounts counts = metrics->counts();
    Row row{std::move(name), counts};
    row.counts -= seen.counts;
    seen.counts = std::move(counts);
    if (!first && row.counts.calls() > 0) out.push_back(std::move(row));
  }
  if (before_.size() > known) std::erase_if(before_, [&](const auto& one) { return one.second.look != looks_; });
  const auto busier = [by](const Row& a, const Row& b) {
    const auto key = [by](const Row& row) { return std::pair(weight(row.counts, by), row.counts.calls()); };
    return key(a) != key(b) ? key(a) > key(b) : a.name < b.name;
  };
  std::ranges::sort(out, busier);
  if (out.size() > most) out.resize(most);
  return out;
}

}  // namespace faasta::metrics
