#include "server/landing_page.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "http/problem.hpp"

namespace faasta::server {

void answer_landing_page(http::Exchange& exchange, std::string_view base_domain) {
  constexpr std::string_view kMethods = "GET, HEAD, OPTIONS";
  const std::string_view method = exchange.request().method;
  const std::string_view target = exchange.request().target;
  const std::string_view path = target.substr(0, target.find('?'));
  if (path == "*") return http::answer_options(exchange, kMethods);
  if (path != "/") return http::answer_problem(exchange, Error{Code::page_not_found, {}});
  if (method == "OPTIONS") return http::answer_options(exchange, kMethods);
  if (method != "GET" && method != "HEAD")
    return http::answer_problem(exchange, http::MethodNotAllowed{kMethods, "the page takes GET"});
  const std::string page = fmt::format(
      "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
      "<title>Faasta</title><style>body{{font:16px/1.6 system-ui;max-width:38rem;margin:4rem auto;padding:0 "
      "1rem;color-scheme:light dark}}"
      "code{{background:#8882;padding:.1em .3em;border-radius:.3em}}</style>"
      "<h1>Faasta</h1><p>This machine runs functions: WebAssembly components that speak <code>wasi:http</code>, each "
      "at an "
      "address of its own.</p><p>A function answers at <code>NAME.{0}</code>, the API at <code>api.{0}</code>.</p>"
      "<p>To make one: <code>cargo faasta new hello</code>, then <code>cargo faasta deploy</code> in its "
      "folder.</p></html>\n",
      base_domain);
  const std::string length = std::to_string(page.size());
  const FieldView fields[] = {{"content-type", "text/html; charset=utf-8"},
                              {"content-length", length},
                              {"cache-control", "max-age=300"},
                              {"content-security-policy", "default-src 'none'; style-src 'unsafe-inline'"}};
  exchange.head(200, fields);
  exchange.data(page);
  exchange.finish({});
}

}  // namespace faasta::server
