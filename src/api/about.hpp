#pragma once

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "api/addresses.hpp"
#include "api/subject.hpp"
#include "policy/policy.hpp"
#include "store/accounts.hpp"
#include "store/log_store.hpp"

namespace faasta::api {

/// Answers requests about the server: whether it is alive and ready, the description of its API, and the operator's
/// policy.
class AboutApi final : public Subject {
 public:
  struct Parts {
    store::Accounts& accounts;
    store::LogStore& logs;
    const Addresses& addresses;
    asio::thread_pool& pool;  ///< runs the queries of the catalog
    /// Returns "missing", "kept" or "expiring" if the operator must look at a certificate (see docs/openapi.json), and
    /// otherwise an empty text. Never waits for a file.
    std::function<std::string_view()> certificates;
  };
  AboutApi(Parts parts, policy::Policy policy) : parts_(std::move(parts)), policy_(std::move(policy)) {}

  [[nodiscard]] std::vector<Endpoint> endpoints() override;

 private:
  [[nodiscard]] Answer healthz(Request& request);
  [[nodiscard]] Answer readyz(Request& request);
  [[nodiscard]] Answer openapi(Request& request);
  [[nodiscard]] Answer policy(Request& request);

  Parts parts_;
  const policy::Policy policy_;
};

}  // namespace faasta::api
