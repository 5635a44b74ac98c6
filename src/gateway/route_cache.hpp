#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gateway/target.hpp"

namespace faasta::gateway {

/// Caches the targets of names that were requested recently. Any other name needs one query of the catalog. Any thread
/// may use it.
class RouteCache {
 public:
  /// Queries the catalog. Null if the function or the version does not exist.
  using Resolve = std::function<Result<std::shared_ptr<const Target>>(std::string_view name, std::string_view label)>;

  explicit RouteCache(Resolve resolve) : resolve_(std::move(resolve)) {}

  /// `label`: of a version (base/version_label); empty: the live version. Null if the function or the version does not
  /// exist.
  [[nodiscard]] Result<std::shared_ptr<const Target>> find(std::string_view name, std::string_view label);
  /// Call this after the function of this name has changed. The next request queries the catalog. If a query of this
  /// name began before the change, its result is not kept.
  void forget(std::string_view name);
  void forget_all();
  /// Drops the names that were not requested during the last kIdleSweeps calls of this function. True if it dropped
  /// any.
  bool drop_idle();

 private:
  static constexpr std::uint64_t kIdleSweeps = 4;
  static constexpr std::size_t kMost = 10'000;
  struct Entry {
    std::shared_ptr<const Target> target;
    std::list<std::string>::iterator used;
    std::uint64_t used_in = 0;  ///< `sweeps_` at the last use
  };

  using Entries = std::unordered_map<std::string, Entry>;

  void insert(const std::string& key, const std::shared_ptr<const Target>& target);
  void erase(Entries::iterator entry);
  [[nodiscard]] std::uint64_t& changes_of(std::string_view name);

  Resolve resolve_;
  std::mutex mutex_;
  Entries entries_;
  std::set<std::string_view> sorted_;  // the keys of `entries_`, because the versions of a name follow each other in it
  std::list<std::string> recent_;
  std::uint64_t sweeps_ = 0;
  // Counts the calls of forget(), so that the result of an older query is not kept. Each counter is for the names with
  // one remainder of their hash. So owners who often change a function do not keep the routes of others out.
  std::array<std::uint64_t, 256> changes_{};
};

}  // namespace faasta::gateway
