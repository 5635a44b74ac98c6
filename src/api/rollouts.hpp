#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "api/subject.hpp"
#include "base/json.hpp"
#include "release/conductor.hpp"
#include "store/releases.hpp"
#include "store/rollouts.hpp"

namespace faasta::api {

/// Begins, shows and ends rollouts.
class RolloutsApi final : public Subject {
 public:
  struct Parts {
    store::Releases& releases;
    store::Rollouts& rollouts;
    release::Conductor& conductor;
    /// Called when the share of a rollout or the live version has changed.
    std::function<void(std::string_view)> changed;
    asio::thread_pool& pool;  ///< runs the queries and changes of the catalog
  };
  explicit RolloutsApi(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] std::vector<Endpoint> endpoints() override;

 private:
  [[nodiscard]] Answer begin(Request& request);
  [[nodiscard]] Answer show(Request& request);
  [[nodiscard]] Answer take(store::Rollouts::Step step, Request& request);
  [[nodiscard]] json::object to_json(const store::RolloutRecord& rollout);

  Parts parts_;
};

}  // namespace faasta::api
