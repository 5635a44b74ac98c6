#include "api/dashboard_link.hpp"

#include <functional>

#include "api/answer.hpp"
#include "api/query.hpp"
#include "base/propagate.hpp"

namespace faasta::api {

std::vector<Endpoint> DashboardLinkApi::endpoints() {
  return {{"POST", "/v1/dashboard/link", Access::any_token, std::bind_front(&DashboardLinkApi::make, this)}};
}

Answer DashboardLinkApi::make(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  if (links_ == nullptr) co_return fail(Code::dashboard_off);
  const std::string code = links_->make(request.bearer);
  json::object out{{"url", addresses_.apex(request.exchange) + "dashboard/sign-in?code=" + code}};
  out["expires_in"] = identity::OneTimeLinks::kLife.count();
  answer_json(request.exchange, 200, out);
  co_return Result<>{};
}

}  // namespace faasta::api
