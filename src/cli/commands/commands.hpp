#pragma once
// Each function adds one command to the command line. `add_new` is in new.cpp, and so on; `add_promote` is in
// rollback.cpp, and `add_unlock` in lock.cpp.

#include <CLI/CLI.hpp>
#include <string>

#include "cli/project/session.hpp"

namespace faasta::cli {

void add_new(CLI::App& app, Action& chosen);
void add_init(CLI::App& app, Action& chosen);
void add_build(CLI::App& app, Action& chosen);
void add_componentize(CLI::App& app, Action& chosen);
void add_run(CLI::App& app, Action& chosen);
void add_dev(CLI::App& app, Action& chosen);
void add_deploy(CLI::App& app, Action& chosen);
void add_list(CLI::App& app, Action& chosen);
void add_status(CLI::App& app, Action& chosen);
void add_versions(CLI::App& app, Action& chosen);
void add_rollback(CLI::App& app, Action& chosen);
void add_promote(CLI::App& app, Action& chosen);
void add_alias(CLI::App& app, Action& chosen);
void add_rollout(CLI::App& app, Action& chosen);
void add_cron(CLI::App& app, Action& chosen);
void add_lock(CLI::App& app, Action& chosen);
void add_unlock(CLI::App& app, Action& chosen);
void add_delete(CLI::App& app, Action& chosen);
void add_invoke(CLI::App& app, Action& chosen);
void add_logs(CLI::App& app, Action& chosen);
void add_metrics(CLI::App& app, Action& chosen);
void add_top(CLI::App& app, Action& chosen);
void add_trace(CLI::App& app, Action& chosen);
void add_secret(CLI::App& app, Action& chosen);
void add_config(CLI::App& app, Action& chosen);
void add_domain(CLI::App& app, Action& chosen);
void add_login(CLI::App& app, Action& chosen);
void add_logout(CLI::App& app, Action& chosen);
void add_whoami(CLI::App& app, Action& chosen);
void add_dashboard(CLI::App& app, Action& chosen);
void add_token(CLI::App& app, Action& chosen);
void add_inspect(CLI::App& app, Action& chosen);
void add_doctor(CLI::App& app, Action& chosen);
void add_explain(CLI::App& app, Action& chosen);
void add_schema(CLI::App& app, Action& chosen);
void add_trust(CLI::App& app, Action& chosen);
void add_completion(CLI::App& app, Action& chosen);
void add_complete(CLI::App& app, Action& chosen);
void add_manual(CLI::App& app, Action& chosen);
void add_version(CLI::App& app, Action& chosen);
void add_help(CLI::App& app, Action& chosen);

/// Adds a subcommand. If the user calls the subcommand, `action` is stored in `chosen`. Global options are allowed
/// after the subcommand.
CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& description, Action& chosen,
                      Action action);

}  // namespace faasta::cli
