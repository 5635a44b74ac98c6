// The hidden command `faasta __complete`, which the completion scripts call: prints the words that may stand at the
// cursor, one a line, each with a tab and its description if it has one.

#include <sys/time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>

#include "base/text.hpp"
#include "cli/client/name_cache.hpp"
#include "cli/commands/commands.hpp"
#include "cli/project/languages.hpp"
#include "cli/project/project_names.hpp"
#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

using Words = std::vector<std::string>;

constexpr suseconds_t kMostMicroseconds = 200'000;  // a person waits for the completion
constexpr std::chrono::milliseconds kPatience{150};
constexpr int kPatienceSeconds = 10;  // of the process in the background

/// Where the cursor is: the command, its arguments before the cursor, and the option whose value is being typed.
struct Place {
  const CLI::App* command;
  Words arguments;
  const CLI::Option* option = nullptr;
};

const CLI::Option* find_option(const CLI::App& root, const CLI::App& command, const std::string& word) {
  for (const CLI::App* app : {&command, &root})
    for (const CLI::Option* option : app->get_options())
      if (option->check_name(word)) return option;
  return nullptr;
}

/// Takes an option of all commands, because it decides which names there are.
void take_global(GlobalOptions& options, const CLI::Option& option, const std::string& value) {
  if (option.check_lname("server")) options.server = value;
  if (option.check_lname("env")) options.environment = value;
  if (option.check_lname("directory")) options.folder = value;
}

Place find_place(const CLI::App& root, const Words& before, GlobalOptions& options) {
  Place place{&root, {}};
  for (const std::string& word : before) {
    if (word == "=") continue;  // bash makes three words of --env=staging
    if (place.option != nullptr) {
      take_global(options, *place.option, word);
      place.option = nullptr;
    } else if (word.starts_with('-')) {
      const CLI::Option* const option = find_option(root, *place.command, word);
      if (option != nullptr && option->get_expected_max() > 0) place.option = option;
    } else {
      const auto below = place.command->get_subcommands(nullptr);
      const auto chosen = std::ranges::find(below, word, [](const CLI::App* one) { return one->get_name(); });
      if (place.arguments.empty() && chosen != below.end())
        place.command = *chosen;
      else
        place.arguments.push_back(word);
    }
  }
  return place;
}

void add_options(const CLI::App& app, Words& out) {
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) out.push_back("--" + name + "\t" + option->get_description());
}

/// A shell puts the words on its command line. So a server, or the file of a project, must not choose others than
/// names.
bool is_of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

std::filesystem::path cache_folder() {
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  const char* const home = std::getenv("HOME");
  const std::filesystem::path folder = cache != nullptr && *cache != '\0'
                                           ? std::filesystem::path(cache)
                                           : std::filesystem::path(home == nullptr ? "" : home) / ".cache";
  return folder / "faasta" / "complete";
}

/// Returns the names in an answer of the API: the member `key` of each object in the array `list`.
Words names_of(Session& session, const std::string& path, std::string_view list, std::string_view key) {
  const auto api = connect(session);
  if (!api) return {};
  const auto ask = [&](std::string& text) {
    const auto answer = api->with_patience(kPatienceSeconds).get(path);
    if (!answer) return false;
    for (const auto& item : array_field(*answer, list)) {
      const auto* const object = item.if_object();
      if (object == nullptr) continue;
      const auto number = integer_field(*object, key);
      const std::string name = number ? std::to_string(*number) : text_field(*object, key);
      if (!name.empty() && std::ranges::all_of(name, is_of_name)) text += name + "\n";
    }
    return true;
  };
  const std::string text = NameCache(cache_folder(), kPatience).get(api->server().str() + path, ask);
  Words out;
  for (std::string_view rest = text; !rest.empty();) out.emplace_back(take_until(rest, "\n"));
  return out;
}

Words functions(Session& session) { return names_of(session, "/v1/functions", "functions", "name"); }

/// Returns the function that a command works on: the argument NAME if there is one, otherwise the project's function.
std::string function_at(Session& session, const Words& arguments) {
  if (!arguments.empty()) return arguments.front();
  const auto project = find_project(session.options.environment);
  return project ? project->name.str() : std::string();
}

/// `before`: the arguments before the cursor; empty if the first of them is not the name of a function.
Words values_of(Session& session, const std::string& kind, const Words& before) {
  if (kind == "NAME") return functions(session);
  const std::string function = function_at(session, before);
  const std::string path = "/v1/functions/" + function;
  if (kind == "VERSION")
    return function.empty() ? Words() : names_of(session, path + "/versions", "versions", "version");
  if (kind == "LABEL") return function.empty() ? Words() : names_of(session, path + "/aliases", "aliases", "label");
  if (kind == "SECRET") {
    Words out = function.empty() ? Words() : names_of(session, path + "/secrets", "secrets", "name");
    for (std::string& name : declared_secrets(session.options.environment))
      if (std::ranges::find(out, name) == out.end()) out.push_back(std::move(name));
    return out;
  }
  if (kind == "SHELL") return {"bash", "zsh", "fish"};
  Words out;
  if (kind == "CODE")
    for (std::size_t i = 0; i < code_count(); ++i) {
      const CodeInfo& known = info(static_cast<Code>(i));
      out.push_back(std::string(known.id) + "\t" + std::string(known.title));
    }
  return out;
}

Words values_of(Session& session, const CLI::Option& option) {
  if (option.check_lname("env")) {
    Words out = declared_environments();
    std::erase_if(out, [](const std::string& name) { return !std::ranges::all_of(name, is_of_name); });
    return out;
  }
  if (option.check_lname("name")) return functions(session);
  if (option.check_lname("color")) return {"auto", "always", "never"};
  Words out;
  if (option.check_lname("lang"))
    for (const Language& language : languages())
      out.push_back(std::string(language.name) + "\t" + std::string(language.title));
  return out;
}

/// Returns the name of the argument that comes next: "NAME". Empty if the command takes no more.
std::string next_argument(const CLI::App& command, std::size_t before) {
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    if (before-- == 0) return option->get_name(true);
  }
  return {};
}

Words candidates(Session& session, const CLI::App& root, const Place& place, const std::string& current) {
  if (place.option != nullptr) return values_of(session, *place.option);
  Words out;
  if (current.starts_with('-')) {
    add_options(*place.command, out);
    if (place.command != &root) add_options(root, out);
    return out;
  }
  if (place.arguments.empty())
    for (const CLI::App* below : place.command->get_subcommands(nullptr))
      if (!below->get_group().empty()) out.push_back(below->get_name() + "\t" + below->get_description());
  if (!out.empty()) return out;
  const std::string kind = next_argument(*place.command, place.arguments.size());
  if (kind == "NAME" && place.command->get_name() == "new") return out;  // a name that is not taken
  if (kind == "COMMAND") return candidates(session, root, Place{&root, {}}, current);
  return values_of(session, kind, next_argument(*place.command, 0) == "NAME" ? place.arguments : Words());
}

void end_at_once(int) { ::_exit(0); }

Outcome<int> run(Session& session, const CLI::App& root, Words words) {
  static_cast<void>(std::signal(SIGALRM, end_at_once));
  const itimerval most{{}, {.tv_sec = 0, .tv_usec = kMostMicroseconds}};
  ::setitimer(ITIMER_REAL, &most, nullptr);
  if (words.empty()) return 0;
  std::string current = words.back().substr(std::min<std::size_t>(1, words.back().size()));
  if (current == "=") current.clear();
  words.pop_back();
  const Place place = find_place(root, words, session.options);
  std::error_code error;
  if (!session.options.folder.empty()) std::filesystem::current_path(session.options.folder, error);
  std::string out;
  for (const std::string& word : candidates(session, root, place, current))
    if (word.starts_with(current)) out += word + "\n";
  session.output.bytes(out);
  return 0;
}

}  // namespace

void add_complete(CLI::App& app, Action& chosen) {
  auto words = std::make_shared<Words>();
  const CLI::App* root = &app;
  CLI::App* command = add_command(app, "__complete", "For completion scripts", chosen,
                                  [words, root](Session& session) { return run(session, *root, *words); });
  command->group("");
  command->add_option("WORDS", *words, "The words before the cursor, then + and the word at the cursor");
}

}  // namespace faasta::cli
