#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/addresses.hpp"
#include "api/subject.hpp"
#include "base/json.hpp"
#include "domains/desk.hpp"
#include "metrics/recorder.hpp"
#include "store/artifacts.hpp"
#include "store/catalog.hpp"
#include "store/domains.hpp"
#include "store/log_store.hpp"

namespace faasta::api {

/// Lists, shows and deletes functions, and lists their versions.
class FunctionsApi final : public Subject {
 public:
  struct Parts {
    store::Catalog& catalog;
    // A deleted function leaves data in these places.
    store::Artifacts& artifacts;
    store::LogStore& logs;
    metrics::Recorder& metrics;
    /// Called when the active version of a name has changed.
    std::function<void(std::string_view)> changed;
    const Addresses& addresses;
    asio::thread_pool& pool;  ///< runs the queries and changes of the catalog
    store::Domains* domains;  ///< null: the functions are shown without their domains
    domains::Desk* desk;      ///< null: the server has no custom domains
  };
  explicit FunctionsApi(Parts parts);

  [[nodiscard]] std::vector<Endpoint> endpoints() override;
  /// Deletes a function with its data. Blocks.
  [[nodiscard]] Result<> remove_now(const Actor& actor, const FunctionName& name);

 private:
  [[nodiscard]] Answer list(Request& request);
  [[nodiscard]] Answer status(Request& request);
  [[nodiscard]] Answer versions(Request& request);
  [[nodiscard]] Answer remove(Request& request);
  /// Returns the custom domains of an owner's functions that are served: the names of hosts by the name of their
  /// function.
  [[nodiscard]] Result<std::map<std::string, json::array>> domains_of(OwnerId owner);
  /// Deletes the data of a deleted function, except data that other functions need.
  void forget(const FunctionName& name, const store::Activated& deleted);

  Parts parts_;
  /// This pool builds the answers for lists of functions, one page after the other. A whole page takes milliseconds,
  /// which is too long for an event loop. Its thread has a lower priority than the event loops, so that a list does not
  /// take the processor from a call. The pool is the last member, so that it ends before the other members.
  asio::thread_pool listing_{1};
};

}  // namespace faasta::api
