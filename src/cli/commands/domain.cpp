#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <ctime>
#include <memory>

#include "base/printable.hpp"
#include "base/url_escape.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/interrupt.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/table.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

using boost::json::object;
using Row = std::vector<std::string>;

/// How long `check` waits for a certificate, unless --timeout says otherwise.
constexpr int kMostSeconds = 300;

std::string text(const object& from, std::string_view key) { return printable_line(text_field(from, key)); }

void add_records(std::vector<Row>& rows, const boost::json::array& records) {
  for (const auto& entry : records)
    if (const auto* record = entry.if_object())
      rows.push_back({text(*record, "type"), text(*record, "name"), text(*record, "value")});
}

/// Shows the records that the owner of the name must set.
void show_records(Output& output, const object& domain) {
  std::vector<Row> rows = {{"TYPE", "NAME", "VALUE"}};
  add_records(rows, array_field(domain, "records"));
  output.line(table(rows));
  std::vector<Row> others;
  add_records(others, array_field(domain, "instead_of_cname"));
  if (!others.empty()) output.line("\ninstead of the CNAME, also:\n" + table(others));
  const std::string host = text(domain, "host");
  output.instruction(
      fmt::format("Set these records where you manage the DNS of {}. Then: faasta domain check {}", host, host));
}

Outcome<int> add(Session& session, const std::string& host, const std::string& given) {
  const auto name = function_meant(session, given);
  if (!name) return std::unexpected(name.error());
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto answer = api->post(function_path(*name) + "/domains", {{"host", host}});
  if (!answer) return std::unexpected(answer.error());
  if (session.output.json()) {
    session.output.object(*answer);
  } else {
    show_records(session.output, *answer);
  }
  return 0;
}

void show_list(Output& output, const object& answer) {
  std::vector<Row> rows = {{"HOST", "FUNCTION", "STATE", "CHECKED", "PROBLEM"}};
  for (const auto& entry : array_field(answer, "domains")) {
    const auto* domain = entry.if_object();
    if (domain == nullptr) continue;
    const std::string checked = text_field(*domain, "checked_at");
    rows.push_back({text(*domain, "host"), text(*domain, "function"), text(*domain, "state"),
                    checked.empty() ? "never" : printable_line(human_age(checked, std::time(nullptr))),
                    text(*domain, "problem")});
  }
  if (rows.size() > 1)
    output.line(table(rows));
  else
    output.note("no domains yet; `faasta domain add HOST NAME` adds one");
}

Outcome<int> list(Session& session, const std::string& given) {
  if (given.empty()) return show_answer(session, "/v1/domains", show_list);
  const auto name = function_meant(session, given);
  if (!name) return std::unexpected(name.error());
  return show_answer(session, function_path(*name) + "/domains", show_list);
}

/// Returns the user's domain of this name. If several of his functions claim the name, returns the one that holds it,
/// or else the first.
Outcome<object> find(const ApiClient& api, const std::string& host) {
  const auto answer = api.get("/v1/domains?host=" + url_escape(host));
  if (!answer) return std::unexpected(answer.error());
  const object* found = nullptr;
  for (const auto& entry : array_field(*answer, "domains")) {
    const auto* domain = entry.if_object();
    if (domain != nullptr && (found == nullptr || text_field(*domain, "state") != "pending")) found = domain;
  }
  if (found == nullptr)
    return std::unexpected(Problem(Error{Code::domain_not_found, "'" + printable_line(host) + "'"}));
  return *found;
}

std::string path_of(const object& domain) {
  return "/v1/functions/" + url_escape(text_field(domain, "function")) + "/domains";
}

/// Waits until the order of the certificate has ended, and the server has tried the domain.
Outcome<object> wait_until_tried(Session& session, const ApiClient& api, object domain) {
  const int most = session.options.timeout_seconds > 0 ? session.options.timeout_seconds : kMostSeconds;
  const std::string host = text_field(domain, "host");
  for (int seconds = 0; text_field(domain, "state") == "verified"; ++seconds) {
    if (seconds >= most)
      return std::unexpected(
          Problem(Error{Code::domain_tls, fmt::format("there is no certificate after {} s; the order goes on", most)}));
    session.output.waiting("waiting for the certificate of " + printable_line(host), seconds);
    constexpr int kSecond = 1000;
    sleep_milliseconds(kSecond);
    if (interrupted()) return std::unexpected(Problem(Error{Code::interrupted, {}}));
    auto now = find(api, host);
    if (!now) return now;
    domain = *std::move(now);
  }
  return domain;
}

Outcome<int> check(Session& session, const std::string& host) {
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto known = find(*api, host);
  if (!known) return std::unexpected(known.error());
  const auto answer = api->post(path_of(*known) + "/check", {{"host", text_field(*known, "host")}});
  if (!answer) return std::unexpected(answer.error());
  const auto tried = wait_until_tried(session, *api, *answer);
  if (!tried) return std::unexpected(tried.error());
  if (text_field(*tried, "state") != "live")
    return std::unexpected(Problem(Error{Code::domain_tls, text(*tried, "problem")}));
  if (session.output.json()) {
    session.output.object(*tried);
  } else {
    session.output.line(text(*tried, "url"));
    session.output.note(fmt::format("live: {} answers there", text(*tried, "function")));
  }
  return 0;
}

Outcome<int> remove(Session& session, const std::string& host) {
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto known = find(*api, host);
  if (!known) return std::unexpected(known.error());
  const std::string name = text(*known, "host");
  if (text_field(*known, "state") != "pending") {
    const auto agreed =
        confirm(session, fmt::format("Remove {}? {} will not answer there any more.", name, text(*known, "function")));
    if (!agreed) return std::unexpected(agreed.error());
    if (!*agreed) {
      session.output.note("nothing was removed");
      return 1;
    }
  }
  const auto answer = api->remove(path_of(*known) + "?host=" + url_escape(text_field(*known, "host")));
  if (!answer) return std::unexpected(answer.error());
  if (session.output.json()) session.output.object(*answer);
  session.output.note("removed " + name);
  return 0;
}

}  // namespace

void add_domain(CLI::App& app, Action& chosen) {
  CLI::App* domain = app.add_subcommand("domain", "Let a function answer at a domain of your own");
  domain->fallthrough();
  domain->require_subcommand(1);

  auto host = std::make_shared<std::string>();
  auto name = std::make_shared<std::string>();
  CLI::App* adding = add_command(*domain, "add", "Add a domain, and show the DNS records that it needs", chosen,
                                 [host, name](Session& session) { return add(session, *host, *name); });
  adding->add_option("HOST", *host, "The domain, such as www.example.com")->required();
  adding->add_option("NAME", *name, "The function; default: the one of faasta.toml");

  CLI::App* listing = add_command(*domain, "list", "List your domains", chosen,
                                  [name](Session& session) { return list(session, *name); });
  listing->add_option("NAME", *name, "Only the domains of this function");

  CLI::App* checking = add_command(*domain, "check", "Look at the DNS records, get the certificate, and try the domain",
                                   chosen, [host](Session& session) { return check(session, *host); });
  checking->add_option("HOST", *host, "The domain")->required();

  CLI::App* removing = add_command(*domain, "remove", "Remove a domain", chosen,
                                   [host](Session& session) { return remove(session, *host); });
  removing->add_option("HOST", *host, "The domain")->required();
}

}  // namespace faasta::cli
