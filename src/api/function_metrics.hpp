#pragma once

#include <vector>

#include "api/subject.hpp"
#include "metrics/recorder.hpp"
#include "store/catalog.hpp"

namespace faasta::api {

/// Answers requests for the counts of one function, since a given time or since the function was created.
class FunctionMetricsApi final : public Subject {
 public:
  struct Parts {
    store::Catalog& catalog;
    metrics::Recorder& metrics;
    asio::thread_pool& pool;  ///< runs the queries of the catalog and of the counts
  };
  explicit FunctionMetricsApi(Parts parts) : parts_(parts) {}

  [[nodiscard]] std::vector<Endpoint> endpoints() override;

 private:
  [[nodiscard]] Answer metrics(Request& request);

  Parts parts_;
};

}  // namespace faasta::api
