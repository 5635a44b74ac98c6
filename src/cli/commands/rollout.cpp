#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/printable.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/interrupt.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/table.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

using boost::json::object;

/// The exit code of `rollout --wait` if the rollout was aborted.
constexpr int kAborted = 8;

struct RolloutOptions {
  std::string name;
  bool wait = false;
};

std::string percent_text(const object& from, std::string_view key) {
  return fmt::format("{:g}%", number_field(from, key).value_or(0));
}

bool goes_on(const object& rollout) {
  const std::string state = text_field(rollout, "state");
  return state == "running" || state == "paused";
}

/// One line about the state: "version 5 gets 25% (stage 2 of 3, running, 4 min left)".
std::string summary(const object& rollout) {
  const auto version = integer_field(rollout, "version").value_or(0);
  const std::string state = printable_line(text_field(rollout, "state"));
  if (state == "promoted") return fmt::format("version {} is live: the rollout is over", version);
  if (state == "aborted")
    return fmt::format("the rollout of version {} was aborted: {}", version,
                       printable_line(text_field(rollout, "reason")));
  const auto left = integer_field(rollout, "left_s");
  return fmt::format("version {} gets {} of the calls: stage {} of {}, {}{}", version, percent_text(rollout, "percent"),
                     integer_field(rollout, "stage").value_or(0), array_field(rollout, "stages").size(), state,
                     left ? fmt::format(", {} s left", *left) : "");
}

std::vector<std::string> row(const object& rollout, std::string_view version, std::string_view calls) {
  const object& counts = object_field(rollout, calls);
  const auto number = [&](std::string_view key) { return integer_field(counts, key).value_or(0); };
  const auto time = [&](std::string_view key) { return human_microseconds(static_cast<double>(number(key))); };
  return {std::to_string(integer_field(rollout, version).value_or(0)),
          version == "version" ? "candidate" : "live",
          std::to_string(number("calls")),
          std::to_string(number("errors")),
          std::to_string(number("traps")),
          time("p50_us"),
          time("p99_us")};
}

void show(Output& output, const object& rollout) {
  output.line(summary(rollout));
  if (!goes_on(rollout)) return;
  output.line(table({{"VERSION", "", "CALLS", "ERRORS", "TRAPS", "P50", "P99"},
                     row(rollout, "live_version", "live_calls"),
                     row(rollout, "version", "calls")}));
}

/// Waits until the rollout has ended, and tells each stage.
Outcome<int> wait(Session& session, const std::string& path) {
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  std::int64_t told = 0;
  for (int seconds = 0;; ++seconds) {
    const auto rollout = api->get(path);
    if (!rollout) return std::unexpected(rollout.error());
    if (!goes_on(*rollout)) {
      if (session.output.json())
        session.output.object(*rollout);
      else
        session.output.line(summary(*rollout));
      return text_field(*rollout, "state") == "aborted" ? kAborted : 0;
    }
    const auto stage = integer_field(*rollout, "stage").value_or(0);
    if (std::exchange(told, stage) != stage) session.output.note(summary(*rollout));
    session.output.waiting("waiting for the rollout", seconds);
    constexpr int kSecond = 1000;
    sleep_milliseconds(kSecond);
    if (interrupted()) return std::unexpected(Problem(Error{Code::interrupted, {}}));
  }
}

Outcome<int> status(Session& session, const RolloutOptions& options) {
  const auto name = function_meant(session, options.name);
  if (!name) return std::unexpected(name.error());
  const std::string path = function_path(*name) + "/rollout";
  return options.wait ? wait(session, path) : show_answer(session, path, show);
}

Outcome<int> take(Session& session, const std::string& step, const std::string& given) {
  const auto name = function_meant(session, given);
  if (!name) return std::unexpected(name.error());
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto answer = api->post(function_path(*name) + "/rollout/" + step, object{});
  if (!answer) return std::unexpected(answer.error());
  if (session.output.json())
    session.output.object(*answer);
  else
    session.output.line(summary(*answer));
  return 0;
}

}  // namespace

void add_rollout(CLI::App& app, Action& chosen) {
  CLI::App* rollout = app.add_subcommand("rollout", "Watch and steer a rollout that `deploy --rollout` began");
  rollout->fallthrough();
  rollout->require_subcommand(1);
  auto options = std::make_shared<RolloutOptions>();

  CLI::App* showing = add_command(*rollout, "status", "Show the stage, and the calls of both versions in it", chosen,
                                  [options](Session& session) { return status(session, *options); });
  showing->add_option("NAME", options->name, "The function; default: the one of faasta.toml");
  showing->add_flag("--wait", options->wait, "Wait until the rollout has ended; exit with 8 if it was aborted");

  struct Step {
    const char* name;
    const char* description;
  };
  for (const Step step :
       {Step{"promote", "Make the new version live at once"}, Step{"abort", "Give all calls to the live version again"},
        Step{"pause", "Keep the current share, and begin no further stage"},
        Step{"resume", "Go on with the stages; the current stage begins again"}}) {
    CLI::App* command = add_command(*rollout, step.name, step.description, chosen, [options, step](Session& session) {
      return take(session, step.name, options->name);
    });
    command->add_option("NAME", options->name, "The function; default: the one of faasta.toml");
  }
}

}  // namespace faasta::cli
