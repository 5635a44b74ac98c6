#include "server/certificates_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "admin/report.hpp"
#include "base/json.hpp"
#include "base/printable.hpp"
#include "base/propagate.hpp"
#include "certificates/authority.hpp"
#include "certificates/files.hpp"
#include "certificates/presenter.hpp"
#include "server/acme.hpp"
#include "server/config.hpp"

namespace faasta::server {
namespace {

std::string day_of(SystemTime time) { return rfc3339(time).substr(0, 10); }

std::int64_t days_left(const tls::Certificate& certificate) {
  return std::chrono::floor<std::chrono::days>(certificate.not_after() - system_now()).count();
}

json::array names_of(const certificates::Wanted& wanted) {
  json::array out;
  for (const std::string& name : wanted.names) out.emplace_back(name);
  return out;
}

Result<> list(const Config& config, bool as_json) {
  ASSIGN_OR_RETURN(const auto files, certificates::Files::existing(acme_folder(config)));
  json::array out;
  std::vector<certificates::Wanted> all{wanted_for_base(config)};
  for (const std::string& name : files.names())
    if (name != all.front().name) all.push_back(wanted_for_domain(config, name));
  for (const certificates::Wanted& wanted : all) {
    ASSIGN_OR_RETURN(const auto certificate, files.current(wanted.name));
    ASSIGN_OR_RETURN(const auto state, files.state(wanted.name));
    if (as_json) {
      json::object one{{"names", names_of(wanted)}, {"problem", state.problem}};
      if (certificate) {
        one["expires"] = rfc3339(certificate->not_after());
        one["days_left"] = days_left(*certificate);
      }
      if (state.chosen != SystemTime{}) one["renews"] = rfc3339(state.chosen);
      out.emplace_back(std::move(one));
      continue;
    }
    fmt::print("{}\n", fmt::join(wanted.names, ", "));
    if (certificate) {
      const SystemTime renews =
          state.chosen != SystemTime{}
              ? state.chosen
              : certificates::due_without_window({{}, certificate->not_before(), certificate->not_after()}, 0);
      fmt::print("  valid until {} ({} days left), to be renewed about {}\n", day_of(certificate->not_after()),
                 days_left(*certificate), day_of(renews));
    } else {
      fmt::print("  no certificate that is valid now\n");
    }
    if (!state.problem.empty())
      fmt::print("  the last order failed at {}: {}\n", rfc3339(state.last_failure), printable_line(state.problem));
  }
  if (as_json) fmt::print("{}\n", json::serialize(out));
  return {};
}

Result<> renew(const Config& config, bool /*as_json*/) {
  ASSIGN_OR_RETURN(const auto files, certificates::Files::existing(acme_folder(config)));
  RETURN_IF_ERROR(files.request(wanted_for_base(config).name));
  fmt::print(
      "The running server orders a new certificate within seconds, if the limit of {} orders in an hour allows.\n"
      "See the result with `faastad certificates list`.\n",
      certificates::kOrdersPerHour);
  return {};
}

/// Prints the DNS records for each way to prove that the base domain belongs to this server.
Result<> setup(const Config& config, bool /*as_json*/) {
  const std::string& base = config.base_domain;
  fmt::print("Addresses (A, AAAA):\n  {0} and *.{0} must point to this machine.\n\n", base);
  if (!config.acme.dns_hook.empty()) {
    fmt::print("dns-01 by your program: no record is needed. {} writes _acme-challenge.{}.\n\n",
               config.acme.dns_hook.string(), base);
  } else {
    fmt::print(
        "dns-01 by this server (acme.proof = \"dns-01\", the default): set once\n"
        "  _acme-challenge.{0}.  NS  {0}.\n"
        "  and let UDP and TCP reach {1} while a certificate is ordered.\n\n",
        base, config.acme.dns_listen);
  }
  ASSIGN_OR_RETURN(const auto account, certificates::read_account({acme_folder(config)}, config.acme.directory));
  fmt::print(
      "dns-persist-01 (acme.proof = \"dns-persist-01\"), if the CA offers it: set once\n"
      "  _validation-persist.{}.  TXT  \"{}\"\n",
      base, certificates::lasting_record("THE CA'S NAME", account ? account->url : "THE ACCOUNT'S URL", true));
  fmt::print("  {}\n", account
                           ? "where THE CA'S NAME is the CA's own domain, as in a CAA record; the first order that\n"
                             "  fails shows the whole record in `faastad certificates list`."
                           : "The first start of the server makes the account; then run this command again.");
  return {};
}

}  // namespace

int run_certificates(std::span<char*> arguments) {
  CLI::App app("The certificates that the server gets from a CA.", "faastad certificates");
  std::string file;
  std::string data;
  std::string base;
  bool as_json = false;
  app.add_option("--config", file, "the server's configuration file")->envname("FAASTAD_CONFIG");
  app.add_option("--data", data, "the server's data folder, instead of the file's")->envname("FAASTAD_DATA");
  app.add_option("--base-domain", base, "instead of the file's")->envname("FAASTAD_BASE_DOMAIN");
  app.add_flag("--json", as_json, "print JSON (list)");
  using Command = Result<> (*)(const Config&, bool);
  Command chosen = nullptr;
  const auto add = [&](const char* name, const char* description, Command command) {
    CLI::App* const added = app.add_subcommand(name, description);
    added->fallthrough();
    added->parse_complete_callback([&chosen, command] { chosen = command; });
  };
  add("list", "Show each certificate, its problems, and when it will be renewed", list);
  add("renew", "Ask the running server for a new certificate now", renew);
  add("setup", "Show the DNS records that the certificates need", setup);
  app.require_subcommand(1);
  try {
    app.parse(static_cast<int>(arguments.size()), arguments.data());
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    Error usage{Code::usage, error.what(), {}, "See `faastad certificates --help`"};
    return admin::report(usage);
  }
  Config config;
  if (!file.empty()) {
    if (auto read = read_config_file(file, config); !read) return admin::report(read.error());
  }
  if (!data.empty()) config.data = data;
  if (!base.empty()) config.base_domain = base;
  const auto done = chosen(config, as_json);
  return done ? 0 : admin::report(done.error());
}

}  // namespace faasta::server
