#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/api.hpp"
#include "api/query.hpp"
#include "api/right_tokens.hpp"
#include "api/router.hpp"
#include "base/places.hpp"
#include "base/rate_limiter.hpp"
#include "identity/login.hpp"
#include "identity/one_time_links.hpp"
#include "metrics/recorder.hpp"
#include "pages/cookie.hpp"
#include "pages/frame.hpp"
#include "pages/other_pages.hpp"
#include "store/accounts.hpp"
#include "store/catalog.hpp"
#include "store/domains.hpp"
#include "store/log_store.hpp"

namespace faasta::pages {

/// Answers at the base domain itself: the landing page, and the dashboard, in which owners see and change their
/// functions with a browser. The pages need no script. Any thread may use it; blocking work runs on pools.
class Dashboard {
 public:
  struct Parts {
    api::Api& api;
    store::Accounts& accounts;
    store::Catalog& catalog;
    store::LogStore& logs;
    metrics::Recorder& metrics;
    store::Domains& domains;
    std::string domains_off;  ///< why the server has no custom domains; empty: it has
    identity::OneTimeLinks& links;
    identity::Login* login = nullptr;  ///< null: a server with a single owner
    /// Called when the active version of a name has changed.
    std::function<void(std::string_view)> changed;
    /// For the operator: figures of the server, and its certificates. They never wait for a file.
    std::function<std::vector<std::pair<std::string, std::string>>()> figures;
    std::function<std::vector<CertificateLine>()> certificates;
  };
  Dashboard(Parts parts, PublicTexts texts);

  [[nodiscard]] Task<> serve(http::Exchange& exchange);

  /// The path of the page to which GitHub sends a browser back, without the first slash.
  static constexpr std::string_view kBackFromGithub = "dashboard/github/back";

 private:
  using Request = api::Request;
  using Answer = api::Answer;

  [[nodiscard]] Answer dispatch(http::Exchange& exchange);
  void answer_failure(http::Exchange& exchange, const Error& error) const;

  // Signing in (sign_in.cpp).
  [[nodiscard]] Answer let_in(Request& request, api::Access access);
  [[nodiscard]] Answer sign_in_form(Request& request);
  [[nodiscard]] Answer sign_in(Request& request);
  [[nodiscard]] Answer sign_out(Request& request);
  [[nodiscard]] Answer to_github(Request& request);
  [[nodiscard]] Answer from_github(Request& request);
  [[nodiscard]] Task<Result<store::Bearer>> bearer_of(Request& request, std::string token, std::string code);
  [[nodiscard]] Answer begin_session(Request& request, store::Bearer bearer, bool owns);
  [[nodiscard]] Task<Result<api::Query>> form(Request& request, std::initializer_list<std::string_view> fields);
  [[nodiscard]] Viewer viewer(const Request& request) const;
  [[nodiscard]] std::string_view session_secret(const http::Exchange& exchange) const;
  [[nodiscard]] Cookie session_cookie(const http::Exchange& exchange) const;
  [[nodiscard]] Cookie github_cookie(const http::Exchange& exchange) const;

  /// Makes a page on the pool `making_`. Fails with too_many_requests or busy_server, if the owner or all owners wait
  /// for too many pages.
  [[nodiscard]] Task<Result<Html>> made(const Request& request, std::function<Result<Html>()> make);

  // Pages.
  [[nodiscard]] Answer landing(Request& request);
  [[nodiscard]] Answer style(Request& request);
  [[nodiscard]] Answer script(Request& request);
  [[nodiscard]] Answer functions(Request& request);
  [[nodiscard]] Answer function(Request& request);
  [[nodiscard]] Answer log(Request& request);
  [[nodiscard]] Answer domains(Request& request);
  [[nodiscard]] Answer server(Request& request);
  [[nodiscard]] Answer roll_back(Request& request);
  [[nodiscard]] Answer remove(Request& request);

  Parts parts_;
  PublicTexts texts_;
  api::Router router_;
  RateLimiter attempts_;          ///< sign-ins; key: client network
  RateLimiter pages_;             ///< key: owner
  RateLimiter unknown_sessions_;  ///< key: client network
  RateLimiter spare_look_ups_;    ///< key: client network that sent too many unknown sessions
  api::RightTokens known_sessions_;
  Places<OwnerId> pages_of_owner_;  ///< pages that are being made, or wait for that
  Places<> all_pages_;
  asio::thread_pool accounts_{1};
  /// Makes pages. Its thread has a lower priority than the event loops. The pool is the last member, so that it ends
  /// before the others.
  asio::thread_pool making_{1};
};

}  // namespace faasta::pages
