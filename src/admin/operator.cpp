#include "admin/operator.hpp"

#include <fmt/format.h>

#include "base/printable.hpp"
#include "base/propagate.hpp"
#include "store/connections.hpp"

namespace faasta::admin {

Result<Operator> Operator::open(const store::CatalogPlace& place, bool json) {
  ASSIGN_OR_RETURN(auto connections, store::Connections::open_as_it_is(place));
  ASSIGN_OR_RETURN(auto catalog, store::Catalog::open(connections));
  ASSIGN_OR_RETURN(auto accounts, store::Accounts::open(connections));
  return Operator{place.data, std::move(catalog), std::move(accounts), store::AuditLog(connections), json};
}

void Operator::say(const json::object& object, std::string_view text) const {
  fmt::print("{}\n", json ? to_text(object) : printable_line(text));
}

}  // namespace faasta::admin
