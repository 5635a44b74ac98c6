#pragma once

#include <atomic>
#include <boost/unordered/unordered_flat_set.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/token_bucket.hpp"

namespace faasta::gateway {

/// The names of all functions, so that a request to an invented name costs no query of the catalog. For each name it
/// keeps a number of four bytes, and not the text. So a name may be in the set that no function has: then the catalog
/// is asked, and says so. Any thread may use it.
class KnownNames {
 public:
  /// Visits the names of all functions in the catalog.
  using List = std::function<Result<>(const std::function<void(std::string_view)>& visit)>;

  /// Until reload() has been called, all names are looked up.
  explicit KnownNames(List list) : list_(std::move(list)) {}

  /// Whether the catalog should be asked for this name. Another process may have added a function a moment ago. So
  /// a few names that are not in the set are looked up in each second all the same.
  [[nodiscard]] bool should_look_up(std::string_view name);
  /// Call this when this process has added a function.
  void add(std::string_view name);
  /// Call this if the catalog does not have a name for which should_look_up() was true. If the name is
  /// in the set, the function was deleted, and refresh() will read the names again.
  void note_missing(std::string_view name);
  /// Reads the names again, if the catalog was asked in vain since the last time.
  void refresh() {
    if (stale_.load(std::memory_order_relaxed)) reload();
  }
  /// Reads the names again. Call this when another process has changed the catalog. Blocks.
  void reload();

  [[nodiscard]] std::size_t count() const;
  /// Memory of the set, in bytes.
  [[nodiscard]] std::size_t bytes() const;

 private:
  using Number = std::uint32_t;
  using Names = boost::unordered_flat_set<Number>;
  static Number number_of(std::string_view name) noexcept;
  /// Five names a second.
  static constexpr Rate kSpare{.burst = 5, .period = std::chrono::seconds(1)};

  List list_;
  std::mutex reload_mutex_;  ///< one reload at a time
  mutable std::mutex mutex_;
  Names names_;
  bool complete_ = false;
  bool reloads_ = false;
  std::vector<Number> added_;  ///< since the reload has begun
  std::atomic<bool> stale_{true};
  TokenBucket spare_{kSpare, std::chrono::steady_clock::now()};
};

}  // namespace faasta::gateway
