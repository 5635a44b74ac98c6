#pragma once

#include "api/addresses.hpp"
#include "api/subject.hpp"
#include "base/places.hpp"
#include "base/rate_limiter.hpp"
#include "identity/issuers.hpp"
#include "store/quota.hpp"
#include "store/trusts.hpp"

namespace faasta::api {

/// Lists, adds and removes trusts. A trust names a repository whose CI jobs may deploy. A job signs in here too.
class TrustsApi final : public Subject {
 public:
  struct Parts {
    store::Trusts& trusts;
    identity::Issuers& issuers;
    const Addresses& addresses;
    asio::thread_pool& pool;  ///< runs changes of the catalog
  };
  struct Options {
    store::Quota quota;               ///< the default quota, for owners without their own figures
    unsigned logins_per_minute = 10;  ///< how many sign-ins one address may begin in a minute
  };
  TrustsApi(Parts parts, Options options) : parts_(parts), options_(options) {}

  [[nodiscard]] std::vector<Endpoint> endpoints() override;

 private:
  [[nodiscard]] Answer list(Request& request);
  [[nodiscard]] Answer add(Request& request);
  [[nodiscard]] Answer remove(Request& request);
  [[nodiscard]] Answer sign_in(Request& request);

  Parts parts_;
  const Options options_;
  RateLimiter sign_ins_;  ///< key: client network
  Places<> checking_;
  asio::thread_pool checks_{2};  ///< its threads may wait for an issuer, so no other work uses this pool
};

}  // namespace faasta::api
