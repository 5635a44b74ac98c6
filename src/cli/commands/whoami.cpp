#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/printable.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

/// Returns "3 of 10". If `most` is 0, there is no limit, and the text has no limit.
std::string share(std::string_view title, std::int64_t have, std::int64_t most) {
  return fmt::format("{:<9} {}", title, have) + (most > 0 ? fmt::format(" of {}", most) : "");
}

void show(Output& output, const boost::json::object& me) {
  output.line(output.foreign(text_field(object_field(me, "owner"), "login")));
  const auto& token = object_field(me, "token");
  const std::string scopes = joined_texts(array_field(token, "scopes"), " ");
  const std::string expires = text_field(token, "expires_at");
  output.note(printable_line(fmt::format("token '{}': {}, {}", text_field(token, "name"), scopes,
                                         expires.empty() ? "does not expire" : "until " + expires)));
  const auto& quota = object_field(me, "quota");
  const auto& usage = object_field(me, "usage");
  const auto figure = [](const boost::json::object& from, std::string_view key) {
    return integer_field(from, key).value_or(0);
  };
  output.note(share("functions", figure(usage, "functions"), figure(quota, "functions")));
  const std::int64_t most_mb = figure(quota, "stored_mb");
  output.note("stored    " + human_size(static_cast<std::uint64_t>(figure(usage, "stored_bytes"))) +
              (most_mb > 0 ? fmt::format(" of {} MiB", most_mb) : ""));
  output.note(share("deploys  ", figure(usage, "deploys_last_hour"), figure(quota, "deploys_per_hour")) +
              " in the last hour");
}

Outcome<int> run(Session& session) {
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto me = api->get("/v1/me");
  if (!me) return std::unexpected(me.error());
  if (session.output.json()) {
    session.output.object(*me);
    return 0;
  }
  show(session.output, *me);
  session.output.note("on " + api->server().str());
  return 0;
}

}  // namespace

void add_whoami(CLI::App& app, Action& chosen) {
  add_command(app, "whoami", "Show who you are signed in as", chosen, run);
}

}  // namespace faasta::cli
