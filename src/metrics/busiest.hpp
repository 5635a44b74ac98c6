#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "metrics/registry.hpp"

namespace faasta::metrics {

/// Finds the busiest functions of an owner in the time between two looks. One thread at a time may use it.
class Busiest {
 public:
  enum class By : std::uint8_t { cpu, calls, errors, memory };
  /// Parses "cpu", "calls", "errors" or "memory".
  [[nodiscard]] static std::optional<By> parse(std::string_view text);

  Busiest(Registry& registry, OwnerId owner) : registry_(registry), owner_(owner) {}

  struct Row {
    std::string name;
    CallCounts counts;  ///< since the previous look; the peak of the memory is that of the last 10 seconds (Recorder)
  };
  /// Returns the functions that were called since the previous look, the busiest first, at most `most`. The first look
  /// returns none. `shows`: only functions with these names.
  [[nodiscard]] std::vector<Row> look(By by, std::size_t most, const std::function<bool(std::string_view)>& shows);

 private:
  Registry& registry_;
  const OwnerId owner_;
  /// The counts of a function when they were read last.
  struct Seen {
    CallCounts counts;
    std::uint64_t look = 0;  ///< the last look at which the registry had the function
  };
  std::uint64_t looks_ = 0;
  std::unordered_map<FunctionId, Seen> before_;
};

}  // namespace faasta::metrics
