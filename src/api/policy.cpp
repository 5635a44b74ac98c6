// What the operator allows functions to be made of.

#include "api/answer.hpp"
#include "api/api.hpp"
#include "api/query.hpp"

namespace faasta::api {

Api::Answer Api::policy(Request& request) {
  if (auto query = Query::parse(request.query, {}); !query) co_return std::unexpected(query.error());
  answer_json(request.exchange, 200, policy::to_json(options_.policy));
  co_return Result<>{};
}

}  // namespace faasta::api
