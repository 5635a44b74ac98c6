#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ctime>
#include <memory>

#include "base/environment_json.hpp"
#include "base/file.hpp"
#include "base/printable.hpp"
#include "base/propagate.hpp"
#include "base/url_escape.hpp"
#include "cli/commands/commands.hpp"
#include "cli/project/dotenv.hpp"
#include "cli/terminal/hidden_input.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/table.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

using boost::json::object;

struct SecretOptions {
  std::string secret;
  std::string function;
  std::string file;
  std::string dotenv;
};

std::string text(const object& from, std::string_view key) { return printable_line(text_field(from, key)); }

/// Reads the value of one secret: from a file, from a terminal without showing it, or from stdin.
Outcome<std::string> read_value(Session& session, const SecretOptions& options) {
  Result<std::string> value;
  if (!options.file.empty()) {
    value = read_file(options.file, kMostValueBytes + 1);
  } else {
    value = hidden_input(fmt::format("value of {} (not shown): ", options.secret), kMostValueBytes + 2,
                         session.options.no_input);
  }
  if (!value) return std::unexpected(value.error());
  // A file or an echo usually ends with one line end, which is not a part of the value.
  if (value->ends_with('\n')) value->pop_back();
  if (value->ends_with('\r')) value->pop_back();
  if (value->empty()) return fail(Code::env_invalid, fmt::format("the value of {} is empty", options.secret));
  return *std::move(value);
}

Outcome<Variables> values_of(Session& session, const SecretOptions& options) {
  if (!options.dotenv.empty()) {
    auto values = read_dotenv(options.dotenv);
    if (!values) return std::unexpected(values.error());
    if (values->empty()) return fail(Code::env_invalid, printable_line(options.dotenv) + " has no values");
    return *std::move(values);
  }
  if (const auto checked = check_variable_name(options.secret); !checked) return std::unexpected(checked.error());
  auto value = read_value(session, options);
  if (!value) return std::unexpected(value.error());
  if (const auto checked = check_value(options.secret, *value); !checked) return std::unexpected(checked.error());
  return Variables{{options.secret, *std::move(value)}};
}

/// Returns the names that the live version does not declare: it does not get them. Empty if there is no version yet.
std::vector<std::string> undeclared(const ApiClient& api, const FunctionName& name, const Variables& values) {
  const auto live = api.get(function_path(name));
  if (!live) return {};
  std::vector<std::string> out;
  for (const auto& [secret, value] : values) {
    const auto is_this = [&secret](const boost::json::value& one) {
      return one.is_string() && std::string_view(one.get_string()) == secret;
    };
    if (std::ranges::none_of(array_field(*live, "required_secrets"), is_this) &&
        std::ranges::none_of(array_field(*live, "optional_secrets"), is_this))
      out.push_back(secret);
  }
  return out;
}

Outcome<int> set(Session& session, const SecretOptions& options) {
  if (options.secret.empty() == options.dotenv.empty())
    return fail(Code::usage, "give one of SECRET and --dotenv FILE");
  if (!options.dotenv.empty() && !options.file.empty())
    return fail(Code::usage, "--file is for one SECRET, and --dotenv has several");
  // With --dotenv, the only name on the command line is the function's.
  const auto name = function_meant(session, options.function);
  if (!name) return std::unexpected(name.error());
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto values = values_of(session, options);
  if (!values) return std::unexpected(values.error());
  const auto answer = api->post(function_path(*name) + "/secrets", variables_json(*values));
  if (!answer) return std::unexpected(answer.error());
  if (session.output.json()) session.output.object(*answer);
  for (const auto& [secret, value] : *values) session.output.note(fmt::format("{} of {} is set", secret, name->str()));
  const auto missing = undeclared(*api, *name, *values);
  if (missing.size() < values->size())
    session.output.note("calls that begin from now on get it; no new version was made");
  if (!missing.empty())
    session.output.warning(
        fmt::format("the live version of {} does not get {}: name it in `[secrets]` of {}, and deploy", name->str(),
                    fmt::join(missing, ", "), kProjectFile));
  return 0;
}

void show_list(Output& output, const object& answer) {
  std::vector<std::vector<std::string>> rows = {{"SECRET", "GENERATION", "SET", "BY"}};
  for (const auto& entry : array_field(answer, "secrets")) {
    const auto* const secret = entry.if_object();
    if (secret == nullptr) continue;
    rows.push_back({text(*secret, "name"), std::to_string(integer_field(*secret, "generation").value_or(0)),
                    printable_line(human_age(text_field(*secret, "set_at"), std::time(nullptr))),
                    text(*secret, "set_by")});
  }
  if (rows.size() > 1)
    output.line(table(rows));
  else
    output.note("no secrets yet; `faasta secret set NAME` sets one");
}

Outcome<int> list(Session& session, const SecretOptions& options) {
  const auto name = function_meant(session, options.function);
  if (!name) return std::unexpected(name.error());
  return show_answer(session, function_path(*name) + "/secrets", show_list);
}

Outcome<int> remove(Session& session, const SecretOptions& options) {
  const auto name = function_meant(session, options.function);
  if (!name) return std::unexpected(name.error());
  const auto agreed = confirm(
      session, fmt::format("Delete the secret {} of {}, with its earlier values?", options.secret, name->str()));
  if (!agreed) return std::unexpected(agreed.error());
  if (!*agreed) {
    session.output.note("nothing was deleted");
    return 1;
  }
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto answer = api->remove(function_path(*name) + "/secrets?name=" + url_escape(options.secret));
  if (!answer) return std::unexpected(answer.error());
  if (session.output.json()) session.output.object(*answer);
  session.output.note(fmt::format("deleted {} of {}", options.secret, name->str()));
  return 0;
}

Outcome<int> roll_back(Session& session, const SecretOptions& options) {
  const auto name = function_meant(session, options.function);
  if (!name) return std::unexpected(name.error());
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto answer = api->post(function_path(*name) + "/secrets/rollback", {{"name", options.secret}});
  if (!answer) return std::unexpected(answer.error());
  if (session.output.json()) session.output.object(*answer);
  session.output.note(fmt::format("{} of {} has the value of generation {} again", options.secret, name->str(),
                                  integer_field(*answer, "generation").value_or(0)));
  return 0;
}

}  // namespace

void add_secret(CLI::App& app, Action& chosen) {
  CLI::App* secret = app.add_subcommand("secret", "Give a function secrets, which no command shows again");
  secret->fallthrough();
  secret->require_subcommand(1);
  constexpr const char* kFunction = "The function; default: the one of faasta.toml";

  auto options = std::make_shared<SecretOptions>();
  CLI::App* setting = add_command(*secret, "set", "Set a secret; the value comes from the terminal, stdin or a file",
                                  chosen, [options](Session& session) { return set(session, *options); });
  setting->add_option("SECRET", options->secret, "Its name, such as STRIPE_KEY");
  setting->add_option("NAME", options->function, kFunction);
  setting->add_option("--file", options->file, "Read the value from this file")->type_name("FILE");
  setting->add_option("--dotenv", options->dotenv, "Set all names of a file of lines NAME=VALUE")->type_name("FILE");

  CLI::App* listing = add_command(*secret, "list", "List the names of the secrets", chosen,
                                  [options](Session& session) { return list(session, *options); });
  listing->add_option("NAME", options->function, kFunction);

  CLI::App* deleting = add_command(*secret, "delete", "Delete a secret", chosen,
                                   [options](Session& session) { return remove(session, *options); });
  deleting->add_option("SECRET", options->secret, "Its name")->required();
  deleting->add_option("NAME", options->function, kFunction);

  CLI::App* rolling = add_command(*secret, "rollback", "Give a secret the value that it had before", chosen,
                                  [options](Session& session) { return roll_back(session, *options); });
  rolling->add_option("SECRET", options->secret, "Its name")->required();
  rolling->add_option("NAME", options->function, kFunction);
}

}  // namespace faasta::cli
