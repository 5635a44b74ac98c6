#pragma once

#include <vector>

#include "api/subject.hpp"
#include "metrics/trace_ring.hpp"
#include "store/catalog.hpp"

namespace faasta::api {

/// Shows how the time of one of the last calls was spent.
class TraceApi final : public Subject {
 public:
  struct Parts {
    store::Catalog& catalog;
    const metrics::TraceRing& traces;
    asio::thread_pool& pool;  ///< runs the queries of the catalog
  };
  explicit TraceApi(Parts parts) : parts_(parts) {}

  [[nodiscard]] std::vector<Endpoint> endpoints() override;

 private:
  [[nodiscard]] Answer trace(Request& request);

  Parts parts_;
};

}  // namespace faasta::api
