#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "api/addresses.hpp"
#include "api/subject.hpp"
#include "store/catalog.hpp"
#include "store/releases.hpp"

namespace faasta::api {

/// Which version of a function is live, and what differs between versions: rollback, aliases, the lock, differences.
class ReleasesApi final : public Subject {
 public:
  struct Parts {
    store::Catalog& catalog;
    store::Releases& releases;
    /// Called when the active version or an alias of a name has changed.
    std::function<void(std::string_view)> changed;
    const Addresses& addresses;
    asio::thread_pool& pool;  ///< runs the queries and changes of the catalog
  };
  explicit ReleasesApi(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] std::vector<Endpoint> endpoints() override;

 private:
  [[nodiscard]] Answer roll_back(Request& request);
  [[nodiscard]] Answer difference_of(Request& request);
  [[nodiscard]] Answer list_aliases(Request& request);
  [[nodiscard]] Answer set_alias(Request& request);
  [[nodiscard]] Answer remove_alias(Request& request);
  [[nodiscard]] Answer lock(Request& request);
  [[nodiscard]] Answer unlock(Request& request);

  Parts parts_;
};

}  // namespace faasta::api
