#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.hpp"
#include "engine/call.hpp"
#include "metrics/call_metrics.hpp"

namespace faasta::gateway {

[[nodiscard]] inline std::uint64_t us_between(SteadyTime start, SteadyTime end) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(end - start).count());
}

/// Records the resources that a call has used so far.
inline void note_usage(metrics::CallRecord& record, const engine::CallUsage& usage) {
  record.cpu_us = usage.cpu_us;
  record.memory_bytes = usage.memory_bytes;
  record.log_bytes_lost = usage.output_lost;
}

}  // namespace faasta::gateway
