#pragma once

#include <vector>

#include "api/addresses.hpp"
#include "api/subject.hpp"
#include "identity/one_time_links.hpp"

namespace faasta::api {

/// Makes links that sign a browser in to the dashboard (`faasta dashboard`).
class DashboardLinkApi final : public Subject {
 public:
  /// `links`: null if the server has no dashboard.
  DashboardLinkApi(identity::OneTimeLinks* links, const Addresses& addresses) : links_(links), addresses_(addresses) {}

  [[nodiscard]] std::vector<Endpoint> endpoints() override;

 private:
  [[nodiscard]] Answer make(Request& request);

  identity::OneTimeLinks* links_;
  const Addresses& addresses_;
};

}  // namespace faasta::api
