#include "admin/operator.hpp"

#include <fmt/format.h>

#include "base/printable.hpp"
#include "base/propagate.hpp"
#include "store/connections.hpp"

namespace faasta::admin {

Result<Operator> Operator::open(const Places& places, bool json) {
  ASSIGN_OR_RETURN(auto connections, store::Connections::open_as_it_is(places.catalog));
  ASSIGN_OR_RETURN(auto catalog, store::Catalog::open(connections));
  ASSIGN_OR_RETURN(auto accounts, store::Accounts::open(connections));
  auto vault = std::make_unique<secrets::Vault>(store::Secrets(connections), places.secrets_key, places.makes_key);
  return Operator{places.catalog.data,          std::move(catalog), std::move(accounts),
                  store::AuditLog(connections), std::move(vault),   json};
}

Result<OwnerId> Operator::owner_of(const FunctionName& name) const {
  auto owner = catalog->owner_of(name);
  if (!owner && owner.error().code == Code::function_not_found)
    return fail(Code::no_such_function, "'" + name.str() + "'");
  return owner;
}

void Operator::say(const json::object& object, std::string_view text) const {
  fmt::print("{}\n", json ? to_text(object) : printable_line(text));
}

}  // namespace faasta::admin
