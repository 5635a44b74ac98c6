#include "store/actor_check.hpp"

#include "store/row_values.hpp"

namespace faasta::store {

Result<ActorCheck> ActorCheck::prepare(Database& database) {
  auto query = database.prepare(
      "SELECT 1 FROM token t JOIN owner o ON o.id = t.owner WHERE t.id = ?1 AND t.owner = ?2 AND t.revoked IS NULL AND "
      "(t.expires IS NULL OR t.expires > ?3) AND o.suspended IS NULL AND o.deleted IS NULL");
  if (!query) return std::unexpected(query.error());
  return ActorCheck(std::move(*query));
}

Result<> ActorCheck::operator()(const Actor& actor) {
  if (actor.token == TokenId{}) return {};
  query_.bind(1, static_cast<std::int64_t>(actor.token)).bind(2, static_cast<std::int64_t>(actor.owner));
  const auto found = query_.bind(3, millis(system_now())).step();
  query_.reset();
  if (!found) return std::unexpected(found.error());
  if (!*found) return fail(Code::not_signed_in, "the token was revoked or has expired meanwhile");
  return {};
}

}  // namespace faasta::store
