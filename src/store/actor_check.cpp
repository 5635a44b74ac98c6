#include "store/actor_check.hpp"

#include "store/account_rows.hpp"

namespace faasta::store {

Result<> check_actor(Database& database, const Actor& actor) {
  if (actor.token == TokenId{}) return {};
  ASSIGN_OR_RETURN(const bool allowed, account_rows::may_act(database, actor, system_now()));
  if (!allowed) return fail(Code::not_signed_in, "the token was revoked or has expired meanwhile");
  return {};
}

}  // namespace faasta::store
