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
  std::unordered_map<FunctionId, CallCounts> now;
  for (auto& [function, name, metrics] : registry_.of_owner(owner_)) {
    if (!shows(name)) continue;
    const auto before = before_.find(function);
    // Most functions were not called: their counts are not read again.
    if (before != before_.end() && before->second.calls() == metrics->calls()) {
      now.emplace(function, std::move(before->second));
      continue;
    }
    CallCounts counts = metrics->counts();
    Row row{std::move(name), counts};
    if (before != before_.end()) row.counts -= before->second;
    now.emplace(function, std::move(counts));
    if (row.counts.calls() > 0) out.push_back(std::move(row));
  }
  before_ = std::move(now);
  if (!std::exchange(looked_, true)) return {};
  const auto busier = [by](const Row& a, const Row& b) {
    const auto key = [by](const Row& row) { return std::pair(weight(row.counts, by), row.counts.calls()); };
    return key(a) != key(b) ? key(a) > key(b) : a.name < b.name;
  };
  std::ranges::sort(out, busier);
  if (out.size() > most) out.resize(most);
  return out;
}

}  // namespace faasta::metrics
