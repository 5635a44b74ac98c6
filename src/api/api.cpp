#include "api/api.hpp"

#include <utility>

#include "api/about.hpp"
#include "api/answer.hpp"
#include "api/assets.hpp"
#include "api/dashboard_link.hpp"
#include "api/domains.hpp"
#include "api/function_metrics.hpp"
#include "api/login.hpp"
#include "api/logs.hpp"
#include "api/releases.hpp"
#include "api/rollouts.hpp"
#include "api/secrets.hpp"
#include "api/tokens.hpp"
#include "api/top.hpp"
#include "api/trace.hpp"
#include "api/trusts.hpp"
#include "base/propagate.hpp"
#include "base/text.hpp"
#include "http/page.hpp"
#include "http/problem.hpp"

namespace faasta::api {

namespace {

/// For a person who opens the address of the API in a browser.
void answer_start_page(http::Exchange& exchange, const std::string& apex) {
  Html body;
  body << "<h1>The API of a Faasta server</h1>\n<p>Programs use it, such as <code>faasta</code>. <a "
          "href=\"/v1/openapi.json\">Its description</a> is an OpenAPI document.</p>\n";
  if (const auto url = Url::elsewhere(apex))
    body << "<p><a href=\"" << *url << "\">" << apex << "</a> is for people.</p>\n";
  const FieldView more[] = {kApiField, {"vary", "accept"}};
  http::answer_page(exchange, 200, more, http::small_page("Faasta: the API", body));
}

}  // namespace

Api::Api(Parts parts, Addresses addresses, const ApiOptions& options)
    : addresses_(std::move(addresses)),
      origins_(options.cors_origins),
      access_(parts.accounts, options.quota),
      issuers_(options.oidc_issuers) {
  auto& [catalog, releases, rollouts, conductor, cron, run_cron, accounts, trusts, artifacts, logs, metrics, registry,
         traces, vault, deployer, probe, outbound_warning, changed, login, certificates, domains, desk, links] = parts;
  add(std::make_unique<AboutApi>(AboutApi::Parts{accounts, logs, addresses_, catalog_, std::move(certificates)},
                                 options.policy));
  add(std::make_unique<LoginApi>(login, addresses_, catalog_,
                                 LoginApi::Options{options.owner_token_file, options.logins_per_minute}));
  add(std::make_unique<TokensApi>(accounts, catalog_,
                                  TokensApi::Options{options.ceilings, options.quota, options.single_owner}));
  add(std::make_unique<TrustsApi>(TrustsApi::Parts{trusts, issuers_, addresses_, catalog_},
                                  TrustsApi::Options{options.quota, options.logins_per_minute}));
  add(std::make_unique<SecretsApi>(SecretsApi::Parts{vault, changed, catalog_}, options.quota));
  add(std::make_unique<ReleasesApi>(ReleasesApi::Parts{catalog, releases, changed, addresses_, catalog_}));
  add(std::make_unique<RolloutsApi>(RolloutsApi::Parts{releases, rollouts, conductor, changed, catalog_}));
  add(std::make_unique<CronApi>(CronApi::Parts{cron, std::move(run_cron), catalog_}));
  auto functions = std::make_unique<FunctionsApi>(
      FunctionsApi::Parts{catalog, artifacts, logs, metrics, std::move(changed), addresses_, catalog_, domains, desk});
  functions_ = functions.get();
  add(std::move(functions));
  add(std::make_unique<DashboardLinkApi>(links, addresses_));
  add(std::make_unique<DomainsApi>(DomainsApi::Parts{domains, desk, addresses_.base_domain(), options.domains_off}));
  add(std::make_unique<DeployApi>(DeployApi::Parts{deployer, std::move(probe), std::move(outbound_warning), addresses_},
                                  DeployApi::Options{options.ceilings, options.quota}));
  add(std::make_unique<AssetsApi>(deployer.assets(), options.quota));
  add(std::make_unique<LogsApi>(LogsApi::Parts{catalog, accounts, logs}));
  add(std::make_unique<TraceApi>(TraceApi::Parts{catalog, traces, catalog_}));
  add(std::make_unique<TopApi>(TopApi::Parts{registry, accounts, catalog_}));
  add(std::make_unique<FunctionMetricsApi>(FunctionMetricsApi::Parts{catalog, metrics, catalog_}));
}

void Api::add(std::unique_ptr<Subject> subject) {
  for (Endpoint& endpoint : subject->endpoints()) router_.add(std::move(endpoint));
  subjects_.push_back(std::move(subject));
}

Task<> Api::serve(http::Exchange& client) {
  if (origins_.answers_preflight(client)) co_return;
  const std::string_view origin = origins_.of(client);
  CrossOriginExchange readable(client, origin);
  http::Exchange& exchange = origin.empty() ? client : readable;
  const Result<> answered = co_await dispatch(exchange);
  if (!answered && !exchange.head_sent()) answer_error(exchange, answered.error());
  if (!answered && exchange.head_sent() && !exchange.ended()) exchange.abort();
}

Answer Api::serve_as(http::Exchange& exchange, store::Bearer bearer, std::string_view method, std::string path,
                     std::string query) {
  Router::Match match = router_.find(method, path);
  if (match.endpoint == nullptr) co_return fail(Code::unknown_route, std::move(path));
  Request request{exchange, query, std::move(match.name)};
  request.actor = {bearer.account.id, bearer.token.id};
  CO_ASSIGN_OR_RETURN(request.scopes, Scopes::parse(bearer.token.scopes));
  request.bearer = std::move(bearer);
  CO_RETURN_IF_ERROR(check_access(match.endpoint->access, request.scopes, request.name));
  Result<> answered = co_await match.endpoint->handler(request);
  co_return answered;
}

Result<> Api::remove_function(const Actor& actor, const FunctionName& name) {
  return functions_->remove_now(actor, name);
}

Answer Api::dispatch(http::Exchange& exchange) {
  const std::string_view method = exchange.request().method;
  std::string_view query = exchange.request().target;
  const std::string_view path = take_until(query, '?');
  Router::Match match = router_.find(method, path);
  if (match.endpoint != nullptr) {
    Request request{exchange, query, std::move(match.name)};
    CO_RETURN_IF_ERROR(co_await access_.let_in(request, match.endpoint->access));
    Result<> answered = co_await match.endpoint->handler(request);
    co_return answered;
  }
  if (path == "/" && (method == "GET" || method == "HEAD") && http::wants_page(exchange.request())) {
    answer_start_page(exchange, addresses_.apex(exchange));
    co_return Result<>{};
  }
  const std::string shown(path.substr(0, 200));
  if (match.allow.empty()) co_return fail(Code::unknown_route, shown);
  const std::span more(&kApiField, 1);
  if (method == "OPTIONS") {
    http::answer_options(exchange, match.allow, more);
  } else {
    http::answer_problem(exchange, http::MethodNotAllowed{match.allow, shown + " takes " + match.allow},
                         http::Reader::owner, more);
  }
  co_return Result<>{};
}

}  // namespace faasta::api
