#include "pages/dashboard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "api/query.hpp"
#include "base/json.hpp"
#include "base/propagate.hpp"
#include "base/text.hpp"
#include "base/thread_scheduling.hpp"
#include "http/page.hpp"
#include "http/problem.hpp"
#include "pages/answer.hpp"
#include "pages/assets.hpp"
#include "pages/function_details.hpp"
#include "pages/functions_page.hpp"

namespace faasta::pages {
namespace {

/// How many functions a page lists.
constexpr std::uint32_t kFunctionsInAPage = 40;
constexpr std::size_t kMostOwners = 200;
/// How many pages may be under way at a time: of one owner, and of all owners. One thread makes them.
constexpr std::uint32_t kMostPagesOfOwner = 2;
constexpr std::uint32_t kMostPages = 32;
constexpr std::chrono::seconds kRetry{1};

bool can_be_in_a_name(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

FunctionLine line_of(const store::FunctionRecord& record, const metrics::CallCounts& counts) {
  FunctionLine out;
  out.name = record.name;
  out.version = record.version;
  out.locked = record.lock.has_value();
  out.suspended = record.suspension.has_value();
  out.calls = counts.calls();
  out.failures = counts.by_class[5];
  out.p99_us = counts.durations.quantile(0.99);
  out.cold_starts = counts.cold_starts;
  return out;
}

/// Returns the functions that a token for single functions may read. A token has few scopes, so this is one page.
Result<std::vector<store::FunctionRecord>> named_functions(store::Catalog& catalog, const api::Request& request,
                                                           std::string_view part, std::string_view after) {
  std::vector<store::FunctionRecord> out;
  for (const std::string& word : scope_words(request.scopes.text())) {  // sorted by name
    std::string_view name = word;
    take_until(name, ':');
    if (name <= after || !name.contains(part)) continue;
    const auto parsed = FunctionName::parse(name);
    if (!parsed) continue;
    auto found = catalog.function(request.actor.owner, *parsed);
    if (!found && found.error().code != Code::function_not_found) return std::unexpected(found.error());
    if (found) out.push_back(*std::move(found));
  }
  return out;
}

/// Returns the functions after the name `after` that the request may read, whose names contain `part`: one more than
/// are in a page, if there are so many.
Result<std::vector<store::FunctionRecord>> readable(store::Catalog& catalog, const api::Request& request,
                                                    std::string_view part, std::string_view after) {
  static_assert(kMostScopes <= kFunctionsInAPage);
  if (!can_be_in_a_name(part)) return std::vector<store::FunctionRecord>{};
  if (!request.scopes.read_all()) return named_functions(catalog, request, part, after);
  if (part.empty()) return catalog.functions(request.actor.owner, after, kFunctionsInAPage + 1);
  return catalog.functions_with(request.actor.owner, part, after, kFunctionsInAPage + 1);
}

}  // namespace

Dashboard::Dashboard(Parts parts, PublicTexts texts) : parts_(std::move(parts)), texts_(std::move(texts)) {
  asio::post(making_, step_behind);
  using api::Access;
  const auto add = [this](std::string_view method, std::string_view path, Access access,
                          Answer (Dashboard::*handler)(Request&), bool takes_head = true) {
    router_.add({method, path, access, std::bind_front(handler, this), takes_head});
  };
  add("GET", "/", Access::open, &Dashboard::landing);
  add("GET", "/dashboard/style.css", Access::open, &Dashboard::style);
  add("GET", "/dashboard/script.js", Access::open, &Dashboard::script);
  add("GET", "/dashboard/sign-in", Access::open, &Dashboard::sign_in_form);
  add("POST", "/dashboard/sign-in", Access::open, &Dashboard::sign_in);
  add("POST", "/dashboard/sign-out", Access::any_token, &Dashboard::sign_out);
  add("GET", "/dashboard/github", Access::open, &Dashboard::to_github, false);
  add("GET", "/dashboard/github/back", Access::open, &Dashboard::from_github, false);
  add("GET", "/dashboard", Access::any_token, &Dashboard::functions);
  add("GET", "/dashboard/functions/{name}", Access::read_function, &Dashboard::function);
  add("GET", "/dashboard/functions/{name}/log", Access::read_function, &Dashboard::log);
  add("POST", "/dashboard/functions/{name}/rollback", Access::deploy_function, &Dashboard::roll_back);
  add("POST", "/dashboard/functions/{name}/delete", Access::admin, &Dashboard::remove);
  add("GET", "/dashboard/domains", Access::any_token, &Dashboard::domains);
  add("GET", "/dashboard/server", Access::admin, &Dashboard::server);
}

Task<Result<Html>> Dashboard::made(const Request& request, std::function<Result<Html>()> make) {
  const auto own = pages_of_owner_.enter(request.actor.owner, kMostPagesOfOwner);
  if (!own) co_return fail_for_now(Code::too_many_requests, "you load too many pages at a time", kRetry);
  const auto place = all_pages_.enter(kMostPages);
  if (!place) co_return fail_for_now(Code::busy_server, "too many pages are being loaded", kRetry);
  Result<Html> page = co_await on(making_, make);
  co_return page;
}

Task<> Dashboard::serve(http::Exchange& exchange) {
  const Result<> answered = co_await dispatch(exchange);
  if (answered) co_return;
  if (!exchange.head_sent()) answer_failure(exchange, answered.error());
  if (!exchange.ended()) exchange.abort();
}

Dashboard::Answer Dashboard::dispatch(http::Exchange& exchange) {
  const std::string_view method = exchange.request().method;
  std::string_view query = exchange.request().target;
  const std::string_view path = take_until(query, '?');
  api::Router::Match match = router_.find(method, path);
  if (match.endpoint != nullptr) {
    Request request{exchange, query, std::move(match.name)};
    const Result<> allowed = co_await let_in(request, match.endpoint->access);
    if (!allowed && allowed.error().code == Code::not_signed_in && method != "POST" &&
        http::wants_page(exchange.request())) {
      answer_see_other(exchange, "/dashboard/sign-in");
      co_return Result<>{};
    }
    if (!allowed) co_return std::unexpected(allowed.error());
    Result<> answered = co_await match.endpoint->handler(request);
    co_return answered;
  }
  if (match.allow.empty()) co_return fail(Code::page_not_found);
  if (method == "OPTIONS") {
    http::answer_options(exchange, match.allow);
  } else {
    http::answer_problem(exchange, http::MethodNotAllowed{match.allow, "the page takes " + match.allow});
  }
  co_return Result<>{};
}

void Dashboard::answer_failure(http::Exchange& exchange, const Error& error) const {
  if (!http::wants_page(exchange.request())) return http::answer_problem(exchange, error);
  const std::string seconds = std::to_string(error.retry_after.count());
  std::vector<FieldView> more = {{"x-faasta-error", info(error.code).name}, {"vary", "accept"}};
  if (error.retry_after.count() > 0) more.push_back({"retry-after", seconds});
  answer_html(exchange, info(error.code).status, error_page(error, {}, exchange.request_id()), more);
}

Dashboard::Answer Dashboard::landing(Request& request) {
  answer_html(request.exchange, 200, landing_page({parts_.api.addresses().base_domain(), texts_}), {}, "max-age=300");
  co_return Result<>{};
}

Dashboard::Answer Dashboard::style(Request& request) {
  answer_asset(request.exchange, "text/css; charset=utf-8", style_sheet());
  co_return Result<>{};
}

Dashboard::Answer Dashboard::script(Request& request) {
  answer_asset(request.exchange, "text/javascript; charset=utf-8", page_script());
  co_return Result<>{};
}

Dashboard::Answer Dashboard::functions(Request& request) {
  constexpr std::string_view kKnown[] = {"q", "after"};
  CO_ASSIGN_OR_RETURN(const auto query, api::Query::parse_form(std::string(request.query), kKnown));
  auto make = [this, &request, &query]() -> Result<Html> {
    FunctionList list;
    list.search = lowered(trimmed(query.find("q").value_or("")));
    const std::string_view after = query.find("after").value_or("");
    list.first = after.empty();
    ASSIGN_OR_RETURN(auto found, readable(parts_.catalog, request, list.search, after));
    if (found.size() > kFunctionsInAPage) {
      found.pop_back();
      list.next = found.back().name;
    }
    const SystemTime since = system_now() - std::chrono::hours(1);
    for (const store::FunctionRecord& record : found) {
      ASSIGN_OR_RETURN(const auto window, parts_.metrics.read(record.id, since));
      list.lines.push_back(line_of(record, window.counts));
    }
    return functions_page(list, viewer(request));
  };
  CO_ASSIGN_OR_RETURN(const Html page, co_await made(request, make));
  answer_html(request.exchange, 200, page);
  co_return Result<>{};
}

Dashboard::Answer Dashboard::function(Request& request) {
  CO_RETURN_IF_ERROR(api::Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, api::known_name(request));
  auto make = [this, &request, &name]() -> Result<Html> {
    ASSIGN_OR_RETURN(FunctionDetails details,
                     function_details({parts_.catalog, parts_.logs, parts_.metrics}, request.actor.owner, name));
    details.url = parts_.api.addresses().url(name.str(), request.exchange);
    details.may_roll_back = request.scopes.may_deploy(name.str());
    details.may_delete = request.scopes.admin();
    return function_page(details, viewer(request));
  };
  CO_ASSIGN_OR_RETURN(const Html page, co_await made(request, make));
  answer_html(request.exchange, 200, page);
  co_return Result<>{};
}

/// The log of the API, for the session's token.
Dashboard::Answer Dashboard::log(Request& request) {
  CO_RETURN_IF_ERROR(api::Query::parse(request.query, {}));
  std::string path = "/v1/functions/" + request.name + "/logs";
  Result<> answered = co_await parts_.api.serve_as(request.exchange, request.bearer, "GET", std::move(path), "tail=50");
  co_return answered;
}

Dashboard::Answer Dashboard::roll_back(Request& request) {
  CO_ASSIGN_OR_RETURN(const auto given, co_await form(request, {"version"}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, api::known_name(request));
  CO_ASSIGN_OR_RETURN(const auto version, given.number("version", 1, UINT32_MAX));
  if (!version) co_return fail(Code::bad_request, "the field 'version' is needed");
  auto change = [this, &request, &name, version] {
    auto done = parts_.catalog.roll_back(request.actor, name, static_cast<std::uint32_t>(*version));
    if (done) parts_.changed(name.str());
    return done;
  };
  CO_RETURN_IF_ERROR(co_await on(accounts_, change));
  answer_see_other(request.exchange, Url::path({"dashboard", "functions", name.str()}).text());
  co_return Result<>{};
}

Dashboard::Answer Dashboard::remove(Request& request) {
  CO_ASSIGN_OR_RETURN(const auto given, co_await form(request, {"name"}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, api::known_name(request));
  if (given.find("name") != name.str())
    co_return fail(Code::bad_request, "the name in the form is not '" + name.str() + "'; nothing was deleted");
  auto change = [this, &request, &name] { return parts_.api.remove_function(request.actor, name); };
  CO_RETURN_IF_ERROR(co_await on(accounts_, change));
  answer_see_other(request.exchange, "/dashboard");
  co_return Result<>{};
}

Dashboard::Answer Dashboard::domains(Request& request) {
  CO_RETURN_IF_ERROR(api::Query::parse(request.query, {}));
  auto make = [this, &request]() -> Result<Html> {
    const Viewer who = viewer(request);
    DomainList list;
    list.off = parts_.domains_off;
    ASSIGN_OR_RETURN(const auto found, parts_.domains.of_owner(request.actor.owner));
    for (const store::DomainRecord& domain : found)
      if (request.scopes.may_read(domain.function_name))
        list.domains.push_back(
            {domain.host, domain.function_name, std::string(name_of(domain.state)), domain.problem, domain.issued});
    if (who.operates) list.certificates = parts_.certificates();
    return domains_page(list, who);
  };
  CO_ASSIGN_OR_RETURN(const Html page, co_await made(request, make));
  answer_html(request.exchange, 200, page);
  co_return Result<>{};
}

Dashboard::Answer Dashboard::server(Request& request) {
  CO_RETURN_IF_ERROR(api::Query::parse(request.query, {}));
  const Viewer who = viewer(request);
  if (!who.operates) co_return fail(Code::page_not_found);
  auto make = [this, &who]() -> Result<Html> {
    ServerState state;
    state.figures = parts_.figures();
    ASSIGN_OR_RETURN(const auto owners, parts_.accounts.accounts());
    for (const store::Account& owner : owners | std::views::take(kMostOwners)) {
      ASSIGN_OR_RETURN(const auto usage, parts_.accounts.usage(owner.id));
      state.owners.push_back({owner.login, usage.functions, usage.stored_bytes, owner.suspended.has_value()});
    }
    return server_page(state, who);
  };
  CO_ASSIGN_OR_RETURN(const Html page, co_await made(request, make));
  answer_html(request.exchange, 200, page);
  co_return Result<>{};
}

}  // namespace faasta::pages
