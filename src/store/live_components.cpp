#include "store/live_components.hpp"

#include "store/columns.hpp"
#include "store/connections.hpp"
#include "store/sql.hpp"

namespace faasta::store {
namespace {

constexpr const char* kLive =
    "SELECT v.function, v.sha256, v.size FROM route r JOIN version v ON v.function = r.function "
    "AND (v.number = r.version OR (r.per_mille > 0 AND v.number = r.candidate))";

Result<LiveComponent> read_live(const Statement& row) {
  enum Column : int { kFunction, kSha256, kSize };
  Columns from(row);
  LiveComponent out;
  out.function = from.id<FunctionId>(kFunction);
  out.sha256 = from.digest(kSha256);
  out.bytes = from.size(kSize);
  return from.checked(out);
}

}  // namespace

Result<std::vector<LiveComponent>> live_components(Connections& connections) {
  return connections.read([](Database& database) { return all_rows(database, kLive, read_live); });
}

}  // namespace faasta::store
