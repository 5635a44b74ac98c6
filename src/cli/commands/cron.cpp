#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/printable.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/table.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

using boost::json::object;

/// The exit code of `cron run` if the run failed.
constexpr int kFailed = 8;

struct CronOptions {
  std::string name;
  std::string job;
  std::string tick;
};

/// "2026-11-30T10:00:00.123Z" without the fraction of the second.
std::string seconds_of(std::string_view time) {
  const std::size_t point = time.find('.');
  return point == std::string_view::npos ? std::string(time) : std::string(time.substr(0, point)) + "Z";
}

/// The result of the last run: "200", "500 (failed, 3 attempts)", "runs", "never".
std::string result_of(const object& job) {
  const object& last = object_field(job, "last");
  if (last.empty()) return "never";
  if (!last.contains("ended_at")) return "runs";
  const auto status = integer_field(last, "status").value_or(0);
  std::string out = status == 0 ? "no answer" : std::to_string(status);
  if (true_field(last, "failed"))
    out += fmt::format(" (failed, attempt {})", integer_field(last, "attempts").value_or(1));
  return out;
}

void show_list(Output& output, const object& answer) {
  std::vector<std::vector<std::string>> rows = {{"JOB", "SCHEDULE", "REQUEST", "NEXT", "LAST", "RESULT", "MISSED"}};
  for (const auto& entry : array_field(answer, "jobs")) {
    const auto* const job = entry.if_object();
    if (job == nullptr) continue;
    const auto text = [job](std::string_view key) { return printable_line(text_field(*job, key)); };
    const std::string last = text_field(object_field(*job, "last"), "began_at");
    rows.push_back(
        {text("name"), text("schedule"), text("method") + " " + text("path"), seconds_of(text("next_at")),
         last.empty() ? "-" : printable_line(seconds_of(last)), result_of(*job),
         std::to_string(integer_field(*job, "missed").value_or(0) + integer_field(*job, "skipped").value_or(0))});
  }
  if (rows.size() > 1)
    output.line(table(rows));
  else
    output.note("no cron jobs; a table `[[cron]]` in faasta.toml makes one");
}

Outcome<int> list(Session& session, const CronOptions& options) {
  const auto name = function_meant(session, options.name);
  if (!name) return std::unexpected(name.error());
  return show_answer(session, function_path(*name) + "/cron", show_list);
}

Outcome<int> run(Session& session, const CronOptions& options) {
  const auto name = function_meant(session, options.name);
  if (!name) return std::unexpected(name.error());
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  object wanted{{"job", options.job}};
  if (!options.tick.empty()) wanted["scheduled_at"] = options.tick;
  const auto answer = api->post(function_path(*name) + "/cron/run", wanted, ApiClient::kLongAnswer);
  if (!answer) return std::unexpected(answer.error());
  const bool failed = true_field(*answer, "failed");
  if (session.output.json()) {
    session.output.object(*answer);
    return failed ? kFailed : 0;
  }
  const auto status = integer_field(*answer, "status").value_or(0);
  session.output.line(fmt::format(
      "{} of {}: {} in {}", printable_line(options.job), name->str(),
      status == 0 ? "no answer" : fmt::format("status {}", status),
      human_microseconds(number_field(*answer, "ms").value_or(0) * 1000)));  // NOLINT(readability-magic-numbers): us
  if (failed) session.output.note("the run failed; `faasta logs` has the cause");
  return failed ? kFailed : 0;
}

}  // namespace

void add_cron(CLI::App& app, Action& chosen) {
  CLI::App* cron = app.add_subcommand("cron", "See and run the cron jobs of a function");
  cron->fallthrough();
  cron->require_subcommand(1);
  auto options = std::make_shared<CronOptions>();

  CLI::App* listing = add_command(*cron, "list", "List the cron jobs of the live version", chosen,
                                  [options](Session& session) { return list(session, *options); });
  listing->add_option("NAME", options->name, "The function; default: the one of faasta.toml");

  CLI::App* running = add_command(*cron, "run", "Run a cron job now; exit with 8 if the run fails", chosen,
                                  [options](Session& session) { return run(session, *options); });
  running->add_option("JOB", options->job, "The name of the job")->required();
  running->add_option("NAME", options->name, "The function; default: the one of faasta.toml");
  running->add_option("--at", options->tick, "The tick that the function sees, such as 2026-11-30T10:00:00Z")
      ->type_name("TIME");
}

}  // namespace faasta::cli
