#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "api/subject.hpp"
#include "base/json.hpp"
#include "base/places.hpp"
#include "domains/desk.hpp"
#include "store/domains.hpp"

namespace faasta::api {

/// Adds, lists, checks and removes the custom domains of functions.
class DomainsApi final : public Subject {
 public:
  struct Parts {
    store::Domains* store;  ///< null: there are no domains to list
    domains::Desk* desk;    ///< null: the server has no custom domains
    std::string base_domain;
    std::string off;  ///< why the server has no custom domains
  };
  explicit DomainsApi(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] std::vector<Endpoint> endpoints() override;

 private:
  [[nodiscard]] Answer list_all(Request& request);
  [[nodiscard]] Answer list(Request& request);
  [[nodiscard]] Answer add(Request& request);
  [[nodiscard]] Answer check(Request& request);
  [[nodiscard]] Answer remove(Request& request);
  /// Fails with function_not_found, or with domains_off if the server has no custom domains.
  [[nodiscard]] Task<Result<>> ready(OwnerId owner, const FunctionName& name);
  [[nodiscard]] Result<json::object> listed(OwnerId owner, const Scopes& scopes,
                                            const std::function<bool(const store::DomainRecord&)>& wanted) const;
  /// The places of one request that asks the resolver.
  struct UnderWay {
    Places<OwnerId>::Place own;
    Places<>::Place any;
  };
  /// Fails with too_many_requests.
  [[nodiscard]] Result<UnderWay> begin(OwnerId owner);

  Parts parts_;
  Places<OwnerId> owners_;  ///< counts the requests of each owner that ask the resolver
  Places<> all_;            ///< counts all of them
  /// These requests wait for the resolver, and for the domain's answer. So they have threads of their own.
  asio::thread_pool checks_{4};
  asio::thread_pool catalog_{1};
};

}  // namespace faasta::api
