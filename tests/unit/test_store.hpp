#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "store/accounts.hpp"
#include "store/artifacts.hpp"
#include "store/catalog.hpp"
#include "store/connections.hpp"
#include "store/cron_runs.hpp"
#include "store/releases.hpp"
#include "store/rollouts.hpp"

namespace faasta::test {

/// Returns the value of a Result, or throws if there is none.
template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(std::string(info(result.error().code).name) + ": " + result.error().detail);
  return std::move(*result);
}

/// A real catalog, real accounts and real artifacts in a temporary folder, which is deleted with this object.
class TestStore {
 public:
  TestStore() {
    std::filesystem::create_directories(folder_);
    connections_ = value_of(store::Connections::open({folder_}));
    catalog_ = value_of(store::Catalog::open(connections_));
    releases_ = store::Releases(connections_);
    rollouts_ = store::Rollouts(connections_);
    accounts_ = value_of(store::Accounts::open(connections_));
    artifacts_ = value_of(store::Artifacts::open(folder_, "engine"));
  }
  TestStore(const TestStore&) = delete;
  TestStore& operator=(const TestStore&) = delete;
  ~TestStore() {
    accounts_.reset();
    catalog_.reset();
    releases_ = store::Releases(nullptr);
    rollouts_ = store::Rollouts(nullptr);
    connections_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
  [[nodiscard]] store::Connections& connections() noexcept { return *connections_; }
  [[nodiscard]] std::shared_ptr<store::Connections> shared_connections() const noexcept { return connections_; }
  [[nodiscard]] store::Catalog& catalog() noexcept { return *catalog_; }
  [[nodiscard]] store::Releases& releases() noexcept { return releases_; }
  [[nodiscard]] store::Rollouts& rollouts() noexcept { return rollouts_; }
  [[nodiscard]] store::CronRuns cron_runs() const { return store::CronRuns(connections_); }
  [[nodiscard]] store::Accounts& accounts() noexcept { return *accounts_; }
  [[nodiscard]] store::Artifacts& artifacts() noexcept { return *artifacts_; }

  /// The number of files of components, compiled code and uploads.
  [[nodiscard]] std::size_t files() const {
    std::size_t out = 0;
    for (const char* part : {"artifacts", "compiled", "tmp"})
      for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / part))
        out += entry.is_regular_file() ? 1U : 0U;
    return out;
  }

 private:
  const std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("faasta-unit-" + random_hex(6));
  std::shared_ptr<store::Connections> connections_;
  std::unique_ptr<store::Catalog> catalog_;
  store::Releases releases_{nullptr};
  store::Rollouts rollouts_{nullptr};
  std::unique_ptr<store::Accounts> accounts_;
  std::unique_ptr<store::Artifacts> artifacts_;
};

}  // namespace faasta::test
