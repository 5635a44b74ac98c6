#include "attack/attack.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "admin/report.hpp"
#include "attack/capacity.hpp"
#include "attack/report.hpp"
#include "attack/trial.hpp"
#include "base/file.hpp"
#include "base/propagate.hpp"

namespace faasta::attack {
namespace {

constexpr unsigned kTries = 3;

/// A trial that is no attack on the functions of the running server.
struct Other {
  const char* name;
  const char* finding;
  const char* does;
};
constexpr Other kDamagedFiles{"damaged-files", "B1", "compiled files are damaged, exchanged and cut"};
constexpr Other kCapacityOne{"capacity-one", "", "three times the requests that the server can serve, to one function"};
constexpr Other kCapacityMany{"capacity-many", "", "the same, to eight functions of eight owners"};
constexpr std::array kOthers{kDamagedFiles, kCapacityOne, kCapacityMany};

/// The values of the command line.
struct Words {
  bool brief = false;
  bool list = false;
  bool json = false;
  double seconds = 6;
  std::vector<std::string> only;
  std::string component;
  std::string settings;
};

std::vector<const Attacker*> all_attackers() {
  std::vector<const Attacker*> out;
  for (const auto attackers : {attacks_by_functions(), attacks_by_strangers(), attacks_on_the_api()})
    for (const Attacker& attacker : attackers) out.push_back(&attacker);
  return out;
}

/// Returns the path of attack.wasm: that of an installed server, or that of a build.
Result<std::filesystem::path> find_component() {
  std::error_code unreadable;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe", unreadable).parent_path();
  for (const char* const place : {"../share/faasta/attack.wasm", "../../guests/attack.wasm"})
    if (auto path = (folder / place).lexically_normal(); std::filesystem::exists(path, unreadable)) return path;
  return fail(Code::attack_failed, "there is no share/faasta/attack.wasm beside the folder of this program");
}

void list() {
  for (const Attacker* const attacker : all_attackers())
    fmt::print("{:<18} {:<4} {}{}\n", attacker->name, attacker->finding, attacker->does,
               attacker->brief ? " (short)" : "");
  for (const Other& other : kOthers) fmt::print("{:<18} {:<4} {}\n", other.name, other.finding, other.does);
}

/// Tries up to three times: other programs of the machine make noise.
Result<Trial> tried(const std::function<Result<Trial>()>& once) {
  for (unsigned tries = 1;; ++tries) {
    ASSIGN_OR_RETURN(auto trial, once());
    trial.tries = tries;
    if (trial.broken.empty() || tries == kTries) return trial;
  }
}

Result<bool> run(const Words& words) {
  std::filesystem::path path = words.component;
  if (path.empty()) {
    ASSIGN_OR_RETURN(path, find_component());
  }
  ASSIGN_OR_RETURN(const auto component, read_file(path));
  const auto wanted = [&](const std::string& name) {
    return words.only.empty() || std::ranges::find(words.only, name) != words.only.end();
  };
  const auto during = std::chrono::milliseconds(static_cast<std::int64_t>(1000 * (words.brief ? 3 : words.seconds)));
  ASSIGN_OR_RETURN(const auto trials, Trials::open(component, words.settings, during));
  const Report report(words.json);
  report.begin();
  bool holds = true;
  const auto add = [&](const std::function<Result<Trial>()>& once) -> Result<> {
    ASSIGN_OR_RETURN(const auto trial, tried(once));
    report.add(trial);
    holds = holds && trial.broken.empty();
    return {};
  };
  // The control shows the noise of the machine. It says nothing about the server, so it decides nothing.
  RETURN_IF_ERROR(add([&] { return trials->control(); }));
  holds = true;
  for (const Attacker* const attacker : all_attackers()) {
    if (!wanted(attacker->name) || (words.brief && words.only.empty() && !attacker->brief)) continue;
    for (const unsigned owners : {1U, 2U}) {
      if (words.brief && owners == 1) continue;
      RETURN_IF_ERROR(add([&] { return trials->once(*attacker, owners); }));
    }
  }
  const bool all = !words.brief || !words.only.empty();
  if (all && wanted(kDamagedFiles.name)) RETURN_IF_ERROR(add([&] { return trials->damaged_files(); }));
  for (const auto& [other, functions] : {std::pair{kCapacityOne, 1U}, std::pair{kCapacityMany, 8U}})
    if (all && wanted(other.name))
      RETURN_IF_ERROR(add([&] { return capacity(component, words.settings, during, functions); }));
  return holds;
}

Result<> check_names(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const bool known = std::ranges::any_of(all_attackers(), [&](const Attacker* one) { return one->name == name; }) ||
                       std::ranges::any_of(kOthers, [&](const Other& other) { return other.name == name; });
    if (!known)
      return fail_with_advice(Code::usage, "there is no attack '" + name + "'", "See `faastad attack --list`");
  }
  return {};
}

/// Allows as many open files as the system does: an attacker opens ten thousand connections.
void allow_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

}  // namespace

int run_attack(std::span<char*> arguments) {
  CLI::App app("Attack a throw-away server of this program, and print how a victim is served meanwhile",
               "faastad attack");
  Words words;
  app.add_flag("--short", words.brief, "Some attacks, 3 s each, in about a minute");
  app.add_option("--seconds", words.seconds, "The time of each attack")
      ->capture_default_str()
      ->check(CLI::Range(1, 600));
  app.add_option("--only", words.only, "This attack only; may be repeated");
  app.add_flag("--list", words.list, "List the attacks");
  app.add_flag("--json", words.json, "Print JSON, an object a line");
  app.add_option("--component", words.component, "The component with the functions of victim and attackers");
  app.add_option("--settings", words.settings,
                 "A configuration file of a server; its tables server, limits and engine are used");
  try {
    app.parse(static_cast<int>(arguments.size()), arguments.data());
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return admin::report({Code::usage, error.what(), {}, "See `faastad attack --help`"});
  }
  if (words.list) {
    list();
    return 0;
  }
  if (auto checked = check_names(words.only); !checked) return admin::report(checked.error());
  allow_descriptors();
  const auto holds = run(words);
  if (!holds) return admin::report(holds.error());
  return *holds ? 0 : 1;
}

}  // namespace faasta::attack
