#include "cli/commands/trusted_repositories.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "base/printable.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/table.hpp"

namespace faasta::cli {
namespace {

struct Wanted {
  std::string repository;
  std::string function;
  std::string issuer;
  std::string ref;
  std::string environment;
  std::int64_t id = 0;
};

/// "refs/heads/main" of "main".
std::string whole_ref(const std::string& ref) {
  return ref.empty() || ref.starts_with("refs/") ? ref : "refs/heads/" + ref;
}

Outcome<int> add(Session& session, const Wanted& wanted) {
  const auto name = function_meant(session, wanted.function);
  if (!name) return std::unexpected(name.error());
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  boost::json::object body{{"function", name->str()}, {"repository", wanted.repository}};
  if (!wanted.issuer.empty()) body["issuer"] = wanted.issuer;
  if (!wanted.ref.empty()) body["ref"] = whole_ref(wanted.ref);
  if (!wanted.environment.empty()) body["environment"] = wanted.environment;
  const auto made = api->post("/v1/trusts", body);
  if (!made) return std::unexpected(made.error());
  if (session.output.json()) session.output.object(*made);
  session.output.note(printable_line(fmt::format("jobs of {} may deploy {}; to undo: faasta trust remove {}",
                                                 text_field(*made, "repository"), name->str(),
                                                 integer_field(*made, "id").value_or(0))));
  if (wanted.ref.empty() && wanted.environment.empty())
    session.output.warning("jobs of every branch may deploy: --ref main, or --environment NAME, allows fewer");
  return 0;
}

void show_list(Output& output, const boost::json::object& answer) {
  std::vector<std::vector<std::string>> rows = {{"ID", "FUNCTION", "REPOSITORY", "REF", "ENVIRONMENT", "LAST JOB"}};
  for (const auto& item : array_field(answer, "trusts")) {
    const auto* const trust = item.if_object();
    if (trust == nullptr) continue;
    const auto text = [&](std::string_view key, const char* otherwise) {
      const std::string found = printable_line(text_field(*trust, key));
      return found.empty() ? std::string(otherwise) : found;
    };
    rows.push_back({std::to_string(integer_field(*trust, "id").value_or(0)), text("function", ""),
                    text("repository", ""), text("ref", "any"), text("environment", "any"), text("used_at", "never")});
  }
  if (rows.size() == 1) return output.note("no repository is trusted");
  output.line(table(rows));
}

Outcome<int> remove(Session& session, const Wanted& wanted) {
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto answer = api->remove(fmt::format("/v1/trusts/{}", wanted.id));
  if (!answer) return std::unexpected(answer.error());
  if (session.output.json()) session.output.object(*answer);
  session.output.note(fmt::format("trust {} is removed; tokens that it gave work for 15 minutes at most", wanted.id));
  return 0;
}

}  // namespace

void add_trusted_repositories(CLI::App& trust, Action& chosen) {
  auto wanted = std::make_shared<Wanted>();
  CLI::App* adding = add_command(trust, "github", "Let the CI jobs of a repository deploy a function, without a secret",
                                 chosen, [wanted](Session& session) { return add(session, *wanted); });
  adding->add_option("REPOSITORY", wanted->repository, "OWNER/REPO")->required();
  adding->add_option("--function", wanted->function, "The function; default: the one of faasta.toml")
      ->type_name("NAME");
  adding->add_option("--ref", wanted->ref, "Only jobs of this branch or ref: main, refs/tags/v1")->type_name("REF");
  adding->add_option("--environment", wanted->environment, "Only jobs of this environment of the repository")
      ->type_name("NAME");
  adding->add_option("--issuer", wanted->issuer, "The service of the jobs; default: GitHub Actions")->type_name("URL");

  add_command(trust, "list", "List the repositories that may deploy", chosen,
              [](Session& session) { return show_answer(session, "/v1/trusts", show_list); });

  CLI::App* removing = add_command(trust, "remove", "Trust a repository no more", chosen,
                                   [wanted](Session& session) { return remove(session, *wanted); });
  removing->add_option("ID", wanted->id, "The number that `faasta trust list` shows")->required();
}

}  // namespace faasta::cli
