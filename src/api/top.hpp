#pragma once

#include <vector>

#include "api/subject.hpp"
#include "base/places.hpp"
#include "metrics/busiest.hpp"
#include "metrics/registry.hpp"
#include "store/accounts.hpp"

namespace faasta::api {

/// Shows the busiest functions of an owner, each second.
class TopApi final : public Subject {
 public:
  struct Parts {
    metrics::Registry& registry;
    store::Accounts& accounts;
    asio::thread_pool& pool;  ///< runs the queries of the catalog
  };
  explicit TopApi(Parts parts) : parts_(parts) {}

  [[nodiscard]] std::vector<Endpoint> endpoints() override;

 private:
  [[nodiscard]] Answer top(Request& request);

  Parts parts_;
  Places<OwnerId> readers_;
};

}  // namespace faasta::api
