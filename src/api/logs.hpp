#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "api/subject.hpp"
#include "base/places.hpp"
#include "store/accounts.hpp"
#include "store/catalog.hpp"
#include "store/log_store.hpp"

namespace faasta::api {

class Query;

/// Answers with the log of a function, as JSON lines or as an event stream. The log has the function's output, and how
/// its calls ended.
class LogsApi final : public Subject {
 public:
  struct Parts {
    store::Catalog& catalog;
    store::Accounts& accounts;
    store::LogStore& logs;
  };
  explicit LogsApi(Parts parts) : parts_(parts) {}

  [[nodiscard]] std::vector<Endpoint> endpoints() override;

 private:
  struct Reading;

  [[nodiscard]] Answer logs(Request& request);
  [[nodiscard]] Task<Result<FunctionId>> find(const Request& request, const FunctionName& name);
  [[nodiscard]] Task<Result<Reading>> begin(const Request& request, const Query& query, FunctionId function);
  [[nodiscard]] Answer tell(Request& request, const FunctionName& name, FunctionId function, Reading reading);
  [[nodiscard]] Result<store::LogPage> read(const Actor& actor, const FunctionName& name, FunctionId function,
                                            const Reading& reading);

  Parts parts_;
  Places<OwnerId> streams_;
  Places<OwnerId> reads_;
  /// This pool queries the catalog and the log database for each page that a reader gets, so that other work does not
  /// wait for these queries.
  asio::thread_pool reading_{2};
};

}  // namespace faasta::api
