#include "cli/commands/app.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <span>
#include <system_error>

#include "cli/commands/commands.hpp"
#include "cli/commands/usage_problem.hpp"
#include "cli/terminal/interrupt.hpp"

namespace faasta::cli {
namespace {

void add_global_options(CLI::App& app, GlobalOptions& options) {
  app.add_option("-C,--directory", options.folder, "Work in this folder")->type_name("DIR");
  app.add_flag("--json", options.json, "Print JSON: one object, or one a line");
  app.add_flag("-q,--quiet", options.quiet, "Print results and errors only");
  app.add_flag("-v,--verbose", options.verbose, "Say more of what is done");
  app.add_flag("-y,--yes", options.yes, "Answer every question with yes");
  app.add_flag("--no-input", options.no_input, "Never ask");
  app.add_option("--color", options.color, "auto, always or never")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_option("--server", options.server,
                 fmt::format("The server's URL; default: `server` of faasta.toml, or {}", kDefaultServer))
      ->type_name("URL");
  app.add_option("--token", options.token, "The token to use instead of the saved one")->type_name("TOKEN");
  app.add_option("--env", options.environment, "An environment of faasta.toml")->type_name("NAME");
  app.add_option("--timeout", options.timeout_seconds,
                 "Give up after this time without a byte from the server; default: 30, for deploy and invoke 300")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, 86400));
}

void add_commands(CLI::App& app, Action& chosen) {
  constexpr std::array kAll = {add_new,        add_init,     add_build,   add_componentize, add_run,      add_dev,
                               add_deploy,     add_list,     add_status,  add_versions,     add_rollback, add_promote,
                               add_alias,      add_rollout,  add_cron,    add_lock,         add_unlock,   add_delete,
                               add_invoke,     add_logs,     add_metrics, add_top,          add_trace,    add_secret,
                               add_config,     add_domain,   add_login,   add_logout,       add_whoami,   add_dashboard,
                               add_token,      add_inspect,  add_doctor,  add_explain,      add_schema,   add_trust,
                               add_completion, add_complete, add_manual,  add_version,      add_help};
  for (const auto add : kAll) add(app, chosen);
}

/// Gives every global option an environment variable: FAASTA_ and the long name of the option. The options of single
/// commands have no variable. Otherwise the variable FAASTA_DATA would become the body of `invoke`, and FAASTA_NAME the
/// name of a deploy.
void name_variables(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    if (option->get_lnames().empty() || option == app.get_help_ptr() || option == app.get_version_ptr()) continue;
    std::string variable = "FAASTA_" + option->get_lnames().front();
    for (char& c : variable) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    option->envname(variable);
  }
}

/// Returns the names of the given command: "token create". Empty if no command was given.
std::string command_words(const CLI::App& app) {
  std::string words;
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    words += (words.empty() ? "" : " ") + at->get_name();
  }
  return words;
}

Output make_output(const GlobalOptions& options) {
  const ColorChoice color = options.color == "always"  ? ColorChoice::always
                            : options.color == "never" ? ColorChoice::never
                                                       : ColorChoice::automatic;
  return Output({.json = options.json, .quiet = options.quiet, .verbose = options.verbose, .color = color});
}

/// Adds the help of the command that the user called wrongly.
Problem with_help_of(Problem problem, const std::string& command) {
  const CodeInfo& usage = info(Code::usage);
  if (problem.id == usage.id && problem.fix == usage.fix && !command.empty())
    problem.fix = "See `faasta help " + command + "`";
  return problem;
}

int report(Output& output, const Problem& problem) {
  if (interrupted() && problem.id != info(Code::interrupted).id)
    output.problem(Problem(Error{Code::interrupted, {}}));
  else
    output.problem(problem);
  return interrupted() ? interrupt_exit_code() : problem.exit_code;
}

/// If the result could not be written, the command has failed. If the reader of stdout is gone, no message is printed.
int finish(Output& output, int exit_code) {
  const int failed = output.write_error();
  if (failed == EPIPE) return 128 + SIGPIPE;
  if (failed == 0) return exit_code;
  return report(output, Problem(Error{Code::io_error, "stdout: " + std::system_category().message(failed)}));
}

int run_action(const Action& action, const GlobalOptions& options, const std::string& command) {
  Session session{options, make_output(options)};
  if (!options.folder.empty()) {
    std::error_code error;
    std::filesystem::current_path(options.folder, error);
    if (error)
      return report(session.output, Problem(fail_errno(Code::io_error, "-C " + options.folder, error.value()).error()));
  }
  watch_interrupts();
  try {
    const auto exit_code = action(session);
    if (!exit_code) return report(session.output, with_help_of(exit_code.error(), command));
    return finish(session.output, *exit_code);
  } catch (const std::exception& error) {  // the outermost catch, for a lack of memory and for exceptions of libraries
    return report(session.output, Problem(Error{Code::io_error, error.what()}));
  }
}

}  // namespace

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& description, Action& chosen,
                      Action action) {
  CLI::App* command = app.add_subcommand(name, description);
  command->fallthrough();
  command->parse_complete_callback([&chosen, action = std::move(action)] { chosen = action; });
  return command;
}

std::vector<std::string> command_line(int argc, char** argv) {
  const std::span<char*> all(argv, static_cast<std::size_t>(argc));
  if (all.empty()) return {};
  std::vector<std::string> out(all.begin() + 1, all.end());
  const bool by_cargo = std::filesystem::path(all.front()).filename() == "cargo-faasta";
  if (by_cargo && !out.empty() && out.front() == "faasta") out.erase(out.begin());
  return out;
}

int run_cli(int argc, char** argv) {
  const std::vector<std::string> arguments = command_line(argc, argv);
  CLI::App app("Faasta: functions on your own server", "faasta");
  GlobalOptions options;
  Action chosen;
  app.set_version_flag("--version", "faasta " FAASTA_VERSION);
  app.option_defaults()->always_capture_default(false);
  add_global_options(app, options);
  add_commands(app, chosen);
  app.require_subcommand(0, 1);  // the name of a second command is then an argument of the first command
  name_variables(app);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::Success& success) {  // --help and --version
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    options.json = options.json || std::ranges::find(arguments, "--json") != arguments.end();
    Output output = make_output(options);
    return report(output, with_help_of(usage_problem(app, arguments, error), command_words(app)));
  }
  if (!chosen) {
    static_cast<void>(std::fputs(app.help().c_str(), stderr));
    return info(Code::usage).exit_code;
  }
  return run_action(chosen, options, command_words(app));
}

}  // namespace faasta::cli
