#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include "base/file.hpp"
#include "base/printable.hpp"
#include "base/propagate.hpp"
#include "base/version_label.hpp"
#include "cli/client/job_token.hpp"
#include "cli/client/oci_registry.hpp"
#include "cli/client/private_server.hpp"
#include "cli/commands/commands.hpp"
#include "cli/process/git.hpp"
#include "cli/project/deployment.hpp"
#include "cli/project/link.hpp"
#include "cli/project/rollout_text.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

struct DeployOptions {
  std::string component;
  std::string name;
  std::string message;
  std::string alias;
  std::string rollout;  ///< the stages
  std::string abort;    ///< the rules for aborting the rollout
  std::string sticky = "none";
  bool no_activate = false;
  bool no_verify = false;
  bool allow_new = false;
  bool relink = false;
  bool oidc = false;
  std::string git;
  std::string oci;
  std::string registry_token;
};

std::string milliseconds(const boost::json::object& answer, std::string_view key) {
  return human_microseconds(number_field(answer, key).value_or(0) * 1000);
}

/// Prints "+ outbound https://api.example.com" for each capability that the previously active version did not have.
void report_capabilities(Output& output, const boost::json::object& answer) {
  const auto& change = object_field(answer, "capabilities");
  for (const auto& [sign, part] : {std::pair("+", "added"), {"-", "removed"}}) {
    const auto& capabilities = object_field(change, part);
    for (const auto& [title, key] : {std::pair("import", "imports"), {"outbound", "outbound"}}) {
      for (const auto& item : array_field(capabilities, key))
        if (item.is_string())
          output.note(printable_line(fmt::format("{} {} {}", sign, title, std::string(item.get_string()))));
    }
  }
}

void report_warnings(Output& output, const boost::json::object& answer) {
  for (const auto& warning : array_field(answer, "warnings"))
    if (warning.is_string()) output.note(printable_line("warning: " + std::string(warning.get_string())));
}

/// Makes one line of `text`. A note is one line, but the message of a commit can have several lines.
std::string in_one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_space = static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
    if (!is_space) out += c;
    if (is_space && !out.empty() && out.back() != ' ') out += ' ';
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

void report(Output& output, const std::string& name, const boost::json::object& answer) {
  if (output.json()) return output.object(answer);
  const bool active = !answer.contains("active") || true_field(answer, "active");
  const std::string alias_url = text_field(answer, "alias_url");
  const std::string own_url = alias_url.empty() ? text_field(answer, "version_url") : alias_url;
  output.line(output.foreign(active ? text_field(answer, "url") : own_url));
  const auto version = integer_field(answer, "version").value_or(0);
  report_warnings(output, answer);
  if (true_field(answer, "unchanged")) return output.note(fmt::format("no change: version {} is these bytes", version));
  output.note(fmt::format("{} version {} is {} after {} (compiled in {}); {} sent, {} compiled", name, version,
                          active ? "live" : "stored, and not live,", milliseconds(answer, "total_ms"),
                          milliseconds(answer, "compile_ms"),
                          human_size(static_cast<std::uint64_t>(integer_field(answer, "size").value_or(0))),
                          human_size(static_cast<std::uint64_t>(integer_field(answer, "compiled_size").value_or(0)))));
  report_capabilities(output, answer);
  const auto& rollout = object_field(answer, "rollout");
  if (!rollout.empty())
    return output.note(fmt::format("it gets {:g}% of the calls: faasta rollout status {} --wait",
                                   number_field(rollout, "percent").value_or(0), name));
  if (!active) return output.note(fmt::format("make it live: faasta promote {} {}", version, name));
  output.note("this version: " + text_field(answer, "version_url"));
  // Prints the number of the previously active version. It is not always the new number minus one.
  const auto previous = integer_field(answer, "previous");
  output.note(previous ? fmt::format("undo: faasta rollback {} {}", name, *previous) : "undo: faasta delete " + name);
}

/// Returns the plan of the rollout, if the deploy has one.
Result<std::optional<RolloutPlan>> plan_of(const DeployOptions& options) {
  if (options.rollout.empty()) return std::nullopt;
  RolloutPlan out;
  ASSIGN_OR_RETURN(out.stages, stages_from(options.rollout));
  if (!options.abort.empty()) {
    ASSIGN_OR_RETURN(out.abort, rules_from(options.abort));
  }
  ASSIGN_OR_RETURN(out.sticky, Sticky::parse(options.sticky));
  return out;
}

/// Fails if no rollout may begin, so that nobody waits for a build in vain. The server checks this again.
Outcome<> check_may_begin(const ApiClient& api, const FunctionName& name) {
  if (const auto before = api.get(function_path(name) + "/rollout")) {
    const std::string state = text_field(*before, "state");
    if (state == "running" || state == "paused")
      return fail(Code::rollout_running, fmt::format("of version {}", integer_field(*before, "version").value_or(0)));
  }
  const auto status = api.get(function_path(name));
  if (status && !object_field(*status, "lock").empty())
    return fail(Code::function_locked,
                "the reason: " + printable_line(text_field(object_field(*status, "lock"), "reason")));
  return {};
}

/// Begins the rollout of the version that was stored.
Outcome<int> begin_rollout(Session& session, const ApiClient& api, const FunctionName& name, const RolloutPlan& plan,
                           const boost::json::object& deployed) {
  if (true_field(deployed, "unchanged")) {
    report(session.output, name.str(), deployed);
    return 0;
  }
  boost::json::object body = to_json(plan);
  body["version"] = integer_field(deployed, "version").value_or(0);
  const auto begun = api.post(function_path(name) + "/rollout", body);
  if (!begun) {
    session.output.note(
        fmt::format("version {} is stored, and not live", integer_field(deployed, "version").value_or(0)));
    return std::unexpected(begun.error());
  }
  boost::json::object answer = deployed;
  answer["rollout"] = *begun;
  report(session.output, name.str(), answer);
  return 0;
}

/// Remembers the place, so that a later deploy to another one is noticed.
void keep(const Link& link, const Project& project, Output& output) {
  Links links = Links::load(project.folder);
  if (const auto added = links.add(link); !added) output.detail("no link is kept: " + added.error().detail);
}

Outcome<int> deploy(Session& session, const DeployOptions& options, const std::string& code_from) {
  const auto plan = plan_of(options);  // before the build
  if (!plan) return std::unexpected(plan.error());
  if (!options.alias.empty())
    if (const auto checked = check_alias(options.alias); !checked) return std::unexpected(checked.error());
  auto api = connect(session);  // before the build, so that a wrong --server fails at once
  if (!api) return std::unexpected(api.error());
  if (options.oidc) {
    const auto name = function_meant(session, options.name);
    if (!name) return std::unexpected(name.error());
    auto signed_in = sign_in_as_job(*api, name->str());
    if (!signed_in) return std::unexpected(signed_in.error());
    *api = std::move(*signed_in);
  }
  const WantedSource wanted{options.component, options.name, "", session.options.environment};
  std::optional<Link> link;
  const auto check = [&](const FunctionName& name, const Project* project) -> Outcome<> {
    if (*plan)
      if (auto may = check_may_begin(*api, name); !may) return may;
    if (auto checked = check_by_server(*api)(name, project); !checked || project == nullptr) return checked;
    link = link_of(*api, name);
    if (link) session.output.note(printable_line(fmt::format("as {} on {}", link->owner, link->server)));
    if (link && !options.relink)
      if (auto meant = Links::load(project->folder).check(*link); !meant) return meant;
    return check_secrets(*api, name, *project);
  };
  auto source = find_source(wanted, check, [&] { return policy_of_server(*api); }, session.output);
  if (!source) return std::unexpected(source.error());
  source->deployment.message = in_one_line(options.message);
  source->deployment.verify = !options.no_verify;
  source->deployment.activate = !options.no_activate && !*plan;
  source->deployment.alias = options.alias;
  source->deployment.source = code_from;
  source->deployment.allow_new = options.allow_new;
  const auto answer = upload_deployment(*api, *source, session.output);
  if (!answer) return std::unexpected(answer.error());
  if (link) keep(*link, *source->deployment.project, session.output);
  tell_job(*answer);
  if (*plan) return begin_rollout(session, *api, source->deployment.name, **plan, *answer);
  report(session.output, source->deployment.name.str(), *answer);
  return 0;
}

/// Clones the repository, and deploys from its folder with the ordinary build of this machine.
Outcome<int> deploy_from_git(Session& session, const DeployOptions& options) {
  const GitPlace place = git_place(options.git);
  if (!is_inside_repository(place))
    return fail(Code::usage, place.folder + " is not a folder inside of the repository");
  const auto copy = TemporaryFolder::make();
  if (!copy) return std::unexpected(copy.error());
  const std::filesystem::path clone = copy->path() / "clone";
  if (auto cloned = git_clone(place, clone); !cloned) return std::unexpected(std::move(cloned.error()));
  const auto commit = git_commit(clone);
  if (!commit) return std::unexpected(commit.error());
  std::error_code error;
  const std::filesystem::path before = std::filesystem::current_path(error);
  std::filesystem::current_path(clone / place.folder, error);
  if (error) return fail(Code::io_error, fmt::format("{} has no folder {}", without_user(place.where), place.folder));
  session.output.note(printable_line(fmt::format("{} at {}", without_user(place.where), *commit)));
  auto done = deploy(session, options, fmt::format("{}#{}", without_user(place.where), *commit));
  std::filesystem::current_path(before, error);  // the clone is deleted
  return done;
}

/// The variable that stands for --registry-token: other users of a machine can read the words of a command.
constexpr const char* kRegistryToken = "FAASTA_REGISTRY_TOKEN";

/// Fetches the component from a registry, and deploys it like a file.
Outcome<int> deploy_from_registry(Session& session, DeployOptions options) {
  const auto reference = OciReference::parse(options.oci);
  if (!reference) return std::unexpected(reference.error());
  if (const char* const token = std::getenv(kRegistryToken); token != nullptr && options.registry_token.empty())
    options.registry_token = token;
  const auto component = fetch_component(*reference, options.registry_token);
  if (!component) return std::unexpected(component.error());
  const auto folder = TemporaryFolder::make();
  if (!folder) return std::unexpected(folder.error());
  options.component = (folder->path() / "component.wasm").string();
  constexpr unsigned kMode = 0600;
  if (const auto written = replace_file(options.component, component->bytes, kMode, Durable::no); !written)
    return std::unexpected(written.error());
  session.output.note(component->source);
  return deploy(session, options, component->source);
}

Outcome<int> run(Session& session, const DeployOptions& options) {
  if (!options.oci.empty()) return deploy_from_registry(session, options);
  return options.git.empty() ? deploy(session, options, {}) : deploy_from_git(session, options);
}

}  // namespace

void add_deploy(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<DeployOptions>();
  CLI::App* command = add_command(app, "deploy", "Build, upload, and serve the new version once it answers", chosen,
                                  [options](Session& session) { return run(session, *options); });
  command->add_option("--component", options->component, "Deploy this file instead of building")->type_name("FILE");
  command->add_option("--name", options->name, "The function's name, instead of faasta.toml's")->type_name("NAME");
  command->add_option("-m,--message", options->message, "A note for `faasta versions`")->type_name("TEXT");
  command->add_flag("--no-activate", options->no_activate,
                    "Only store the version: it answers at its own address; `faasta promote` makes it live");
  command->add_option("--alias", options->alias, "Make this alias point at the version: NAME--LABEL answers too")
      ->type_name("LABEL");
  command->add_option("--rollout", options->rollout, "Make it live step by step, such as 5%:2m,25%:10m,100%")
      ->type_name("STAGES")
      ->excludes("--no-activate");
  command
      ->add_option("--abort", options->abort,
                   "When the rollout is aborted, such as errors>1%,p99>2x,traps>0,calls>=50; default: errors>1%")
      ->type_name("RULES")
      ->needs("--rollout");
  command
      ->add_option("--sticky", options->sticky,
                   "Which calls get the same version: header:NAME, cookie:NAME, address or none (default)")
      ->type_name("KEY")
      ->needs("--rollout");
  command->add_flag("--no-verify", options->no_verify, "Serve it without waiting until it answers");
  command->add_flag("--allow-new", options->allow_new,
                    "It may import interfaces and send requests to hosts that the live version does not");
  command
      ->add_option("--git", options->git,
                   "Build and deploy from a repository: URL, URL#REF or URL#REF:FOLDER. Its build runs on this machine")
      ->type_name("PLACE")
      ->excludes("--component");
  command
      ->add_option("--oci", options->oci,
                   "Deploy a component of a registry: HOST/NAME, HOST/NAME:TAG or HOST/NAME@sha256:DIGEST")
      ->type_name("REFERENCE")
      ->excludes("--component")
      ->excludes("--git");
  command
      ->add_option("--registry-token", options->registry_token,
                   "USER:PASSWORD of the registry; default: $FAASTA_REGISTRY_TOKEN, then ~/.docker/config.json")
      ->type_name("TEXT")
      ->needs("--oci");
  command->add_flag("--oidc", options->oidc,
                    "Sign in as a job of GitHub Actions, without a secret (`faasta trust github`)");
  command->add_flag("--relink", options->relink,
                    "Deploy although the function was deployed to another server or owner before");
}

}  // namespace faasta::cli
