#pragma once
// How the catalog's columns hold times, sizes and digests. Internal to src/store.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>

#include "base/clock.hpp"
#include "base/sha256.hpp"

namespace faasta::store {

inline std::int64_t millis(SystemTime time) { return time.time_since_epoch().count(); }
inline SystemTime time_of(std::int64_t value) { return SystemTime(std::chrono::milliseconds(value)); }
inline std::uint64_t size_of(std::int64_t value) { return static_cast<std::uint64_t>(value); }

/// A digest of another size is all zeros, which names nothing.
inline Sha256 digest(std::span<const std::uint8_t> blob) {
  Sha256 out;
  if (blob.size() == out.bytes.size()) std::copy(blob.begin(), blob.end(), out.bytes.begin());
  return out;
}

}  // namespace faasta::store
