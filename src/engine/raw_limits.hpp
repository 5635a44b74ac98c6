#pragma once
// Limits and grants in the form of engine.h. Internal to src/engine.

#include <engine.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/settings.hpp"

namespace faasta::engine {

/// These limits are the same for every function.
inline constexpr std::uint32_t kTableElements = 20'000;  // the largest table found in a real component has 7,800
inline constexpr std::uint32_t kOutputBytes = 64U << 10U;
inline constexpr std::uint32_t kOutboundTotal = 50;
inline constexpr std::uint32_t kOutboundAtOnce = 6;

[[nodiscard]] inline fe_limits raw(const CallLimits& limits) noexcept {
  return {limits.memory_bytes, kTableElements, static_cast<std::uint32_t>(limits.cpu.count()),
          kOutputBytes,        kOutboundTotal, kOutboundAtOnce};
}

/// The network grants of a function, in the form that engine.h needs. The grants point into `settings`.
class RawGrants {
 public:
  explicit RawGrants(const FunctionSettings& settings) {
    for (const ListSetting& list : kListSettings) {
      if (!list.granted) continue;
      for (const std::string& text : settings.*list.texts) grants_.push_back({view(list.name), view(text)});
    }
    raw_ = {grants_.data(), grants_.size()};
  }
  RawGrants(const RawGrants&) = delete;
  RawGrants& operator=(const RawGrants&) = delete;
  ~RawGrants() = default;

  [[nodiscard]] const fe_grants* get() const noexcept { return &raw_; }

 private:
  static fe_bytes view(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
  }

  std::vector<fe_field> grants_;
  fe_grants raw_{};
};

}  // namespace faasta::engine
