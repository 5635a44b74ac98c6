#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/addresses.hpp"
#include "api/subject.hpp"
#include "base/json.hpp"
#include "base/limits.hpp"
#include "deploy/deployer.hpp"

namespace faasta::api {

/// Reads the HTTP request for a deploy and writes the JSON answer. src/deploy does the work.
class DeployApi final : public Subject {
 public:
  /// Checks whether a version answers a real request to `authority` before the deadline of the exchange.
  using Probe = std::function<Task<Result<>>(http::Exchange&, std::string function, std::string authority, Sha256,
                                             FunctionSettings, OwnerId)>;

  struct Parts {
    deploy::Deployer& deployer;
    Probe probe;
    /// Returns the reason why outgoing requests to an origin would be refused, or nothing if no reason is known.
    std::function<std::optional<std::string>(std::string_view origin)> outbound_warning;
    const Addresses& addresses;
  };
  struct Options {
    CallLimits ceilings;  ///< no function may have higher limits
    store::Quota quota;   ///< the default quota, for owners without their own figures
  };
  DeployApi(Parts parts, Options options) : parts_(std::move(parts)), options_(options) {}

  [[nodiscard]] std::vector<Endpoint> endpoints() override;

 private:
  [[nodiscard]] Answer deploy(Request& request);
  [[nodiscard]] Answer underway(Request& request);
  /// `settings`: the text of the settings, if the body had them. `size`: the component's size as the client told it.
  [[nodiscard]] Result<deploy::Order> order_of(const Request& request, const std::optional<std::string>& settings,
                                               std::uint64_t size) const;
  [[nodiscard]] json::object answer_of(const deploy::Outcome& outcome, const deploy::Order& order,
                                       const http::Exchange& exchange) const;

  Parts parts_;
  const Options options_;
};

}  // namespace faasta::api
