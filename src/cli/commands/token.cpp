#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <ctime>
#include <memory>

#include "base/printable.hpp"
#include "base/scopes.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/table.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

struct TokenOptions {
  std::string name;
  std::vector<std::string> scopes;
  std::string ttl = "90d";
};

std::string scopes_of(const boost::json::object& token) {
  return printable_line(joined_texts(array_field(token, "scopes"), " "));
}

/// Returns the seconds of `--ttl`.
Result<std::int64_t> life_of(const std::string& ttl) {
  const auto seconds = duration(ttl);
  if (!seconds) return fail(Code::usage, "--ttl '" + ttl + "' is not a time like 90d, 12h or 30m");
  if (*seconds < 1) return fail(Code::usage, "--ttl '" + ttl + "': a token is valid for 1 second at least");
  if (*seconds > std::chrono::seconds(kLongestTokenLife).count())
    return fail(Code::usage,
                fmt::format("--ttl '{}': a token is valid for {} days at most", ttl, kLongestTokenLife.count()));
  return *seconds;
}

Result<> check(const TokenOptions& options) {
  if (options.scopes.size() > kMostScopes)
    return fail(Code::usage,
                fmt::format("--scope is given {} times; {} are allowed", options.scopes.size(), kMostScopes));
  for (const std::string& scope : options.scopes)
    if (const auto parsed = Scopes::parse(scope); !parsed) return fail(Code::usage, "--scope " + parsed.error().detail);
  if (options.name.size() > kLongestTokenName || printable_line(options.name) != options.name)
    return fail(Code::usage, fmt::format("--name is not a line of text of {} bytes at most", kLongestTokenName));
  return {};
}

Outcome<int> create(Session& session, const TokenOptions& options) {
  if (const auto checked = check(options); !checked) return std::unexpected(checked.error());
  const auto seconds = life_of(options.ttl);
  if (!seconds) return std::unexpected(seconds.error());
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  boost::json::object body{{"scopes", boost::json::array(options.scopes.begin(), options.scopes.end())},
                           {"expires_in", *seconds}};
  body["name"] = options.name.empty() ? fmt::format("{}", fmt::join(options.scopes, " ")).substr(0, kLongestTokenName)
                                      : options.name;
  const auto made = api->post("/v1/tokens", body);
  if (!made) return std::unexpected(made.error());
  if (session.output.json()) {
    session.output.object(*made);
    return 0;
  }
  session.output.line(session.output.foreign(text_field(*made, "token")));
  session.output.note(fmt::format("token {} for {}, until {}; it is shown this once",
                                  integer_field(*made, "id").value_or(0), scopes_of(*made),
                                  printable_line(text_field(*made, "expires_at"))));
  const bool deploys = std::ranges::any_of(options.scopes, [](std::string_view scope) { return scope != "read"; });
  session.output.note(deploys ? "use it: FAASTA_TOKEN=... faasta deploy" : "use it: FAASTA_TOKEN=... faasta list");
  return 0;
}

std::string age_or(const boost::json::object& token, std::string_view key, std::string otherwise) {
  const std::string time = text_field(token, key);
  return time.empty() ? std::move(otherwise) : printable_line(human_age(time, std::time(nullptr)));
}

void show_tokens(Output& output, const boost::json::object& answer) {
  std::vector<std::vector<std::string>> rows = {{"ID", "NAME", "SCOPES", "CREATED", "LAST USED", "EXPIRES"}};
  for (const auto& entry : array_field(answer, "tokens")) {
    const auto* token = entry.if_object();
    if (token == nullptr) continue;
    const std::string expires = text_field(*token, "expires_at");
    rows.push_back({std::to_string(integer_field(*token, "id").value_or(0)), printable_line(text_field(*token, "name")),
                    scopes_of(*token), age_or(*token, "created_at", "-"), age_or(*token, "last_used_at", "never"),
                    expires.empty() ? "never" : printable_line(expires.substr(0, 10))});
  }
  output.line(table(rows));
}

Outcome<int> list(Session& session) { return show_answer(session, "/v1/tokens", show_tokens); }

/// Returns a description of the mistake in an id, or an empty text if the id is valid.
std::string wrong_id(const std::string& text) {
  constexpr std::size_t kMostDigits = 18;
  const bool good = !text.empty() && text.size() <= kMostDigits && text.front() != '0' &&
                    text.find_first_not_of("0123456789") == std::string::npos;
  return good ? "" : "'" + text + "' is not an id; `faasta token list` shows them";
}

Outcome<int> revoke(Session& session, std::uint64_t id) {
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto answer = api->remove(fmt::format("/v1/tokens/{}", id));
  if (!answer) return std::unexpected(answer.error());
  if (session.output.json()) session.output.object(*answer);
  session.output.note(fmt::format("revoked token {}; it is no longer valid", id));
  return 0;
}

}  // namespace

void add_token(CLI::App& app, Action& chosen) {
  CLI::App* token = app.add_subcommand("token", "Make, list and revoke tokens, such as one for CI");
  token->fallthrough();
  token->require_subcommand(1);

  auto options = std::make_shared<TokenOptions>();
  CLI::App* creating = add_command(*token, "create", "Create a token, and print it (shown only once)", chosen,
                                   [options](Session& session) { return create(session, *options); });
  creating->add_option("--scope", options->scopes, "read, deploy, deploy:NAME or admin; may be repeated")
      ->required()
      ->type_name("SCOPE");
  creating->add_option("--ttl", options->ttl, "How long it is valid: 90d, 12h, 30m; at most 366d")
      ->type_name("TIME")
      ->capture_default_str();
  creating->add_option("--name", options->name, "What it is for; default: its scopes")->type_name("TEXT");

  add_command(*token, "list", "List your tokens", chosen, list);

  auto id = std::make_shared<std::uint64_t>(0);
  CLI::App* revoking =
      add_command(*token, "revoke", "Revoke a token", chosen, [id](Session& session) { return revoke(session, *id); });
  revoking->add_option("ID", *id, "Its id, as `faasta token list` shows it")->required()->check(wrong_id);
}

}  // namespace faasta::cli
