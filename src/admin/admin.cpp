#include "admin/admin.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>

#include "admin/audit.hpp"
#include "admin/crate_audit.hpp"
#include "admin/functions.hpp"
#include "admin/owners.hpp"
#include "admin/report.hpp"
#include "admin/rotate_key.hpp"
#include "base/propagate.hpp"

namespace faasta::admin {
namespace {

constexpr const char* kUsageAdvice = "See `faastad admin --help`";

/// The values of the command line. CLI11 writes into this object, so the object must live longer than the parser.
struct Words {
  std::string data;
  std::string config;
  bool json = false;
  bool yes = false;
  bool keep_secrets = false;
  std::string who, name, figure, hash, reason;
  std::string range = "*";
  std::int64_t after = 0;
};

using Command = std::function<Result<>(const Operator&)>;

void add_commands(CLI::App& app, Words& words, Command& chosen) {
  const auto add = [&](const std::string& name, const std::string& description, Command command) {
    CLI::App* added = app.add_subcommand(name, description);
    added->fallthrough();
    added->parse_complete_callback([&chosen, command = std::move(command)] { chosen = command; });
    return added;
  };
  constexpr const char* kWho = "A login, or '#' and the owner's number";
  add("owners", "List the owners", list_owners);
  for (const bool suspended : {true, false}) {
    add(suspended ? "suspend" : "resume",
        suspended ? "Refuse an owner's tokens, and answer 503 for the functions" : "Take a suspension back",
        [&words, suspended](const Operator& on) { return suspend(on, words.who, suspended); })
        ->add_option("OWNER", words.who, kWho)
        ->required();
  }
  add("report", "Show what is known about a function, for a report of abuse",
      [&words](const Operator& on) { return report_function(on, words.name); })
      ->add_option("FUNCTION", words.name, "Its name")
      ->required();
  CLI::App* holding = add("suspend-function", "Answer the callers of a function with a notice",
                          [&words](const Operator& on) { return suspend_function(on, words.name, words.reason); });
  holding->add_option("FUNCTION", words.name, "Its name")->required();
  holding->add_option("--reason", words.reason, "The reason; the callers and the owner see it")->required();
  add("resume-function", "Take the suspension of a function back",
      [&words](const Operator& on) { return resume_function(on, words.name); })
      ->add_option("FUNCTION", words.name, "Its name")
      ->required();
  CLI::App* quotas = add("quota", "Show or set what an owner may have beside the defaults",
                         [&words](const Operator& on) { return quota(on, words.who, words.name, words.figure); });
  quotas->add_option("OWNER", words.who, kWho)->required();
  CLI::Option* figure_name = quotas->add_option("NAME", words.name, "Such as functions, stored_mb, deploys_per_hour");
  quotas->add_option("FIGURE", words.figure, "A number, or 'default'")->needs(figure_name);
  CLI::App* moving =
      add("transfer", "Give a function, with its versions and logs, to another owner",
          [&words](const Operator& on) { return transfer(on, words.name, words.who, words.keep_secrets); });
  moving->add_option("FUNCTION", words.name, "Its name")->required();
  moving->add_option("OWNER", words.who, kWho)->required();
  moving->add_flag("--keep-secrets", words.keep_secrets, "Give its secrets too, instead of deleting them");
  const auto sure = [&words](const std::string& what) -> Result<> {
    if (words.yes) return {};
    return fail(Code::confirmation_needed, what);
  };
  CLI::App* deleting = add("delete", "Delete a function of any owner", [&words, sure](const Operator& on) -> Result<> {
    RETURN_IF_ERROR(sure("all versions and logs of '" + words.name + "' will be gone"));
    return delete_function(on, words.name);
  });
  deleting->add_option("FUNCTION", words.name, "Its name")->required();
  CLI::App* closing = add("delete-owner", "Delete an owner with functions, logs and tokens",
                          [&words, sure](const Operator& on) -> Result<> {
                            RETURN_IF_ERROR(sure("everything of '" + words.who + "' will be gone"));
                            return delete_owner(on, words.who);
                          });
  closing->add_option("OWNER", words.who, kWho)->required();
  CLI::App* auditing = add("audit", "List the functions that have a crate in them", [&words](const Operator& on) {
    return print_crate_audit(*on.catalog, words.name, words.range, on.json);
  });
  auditing->add_option("--crate", words.name, "Its name")->required();
  auditing->add_option("--version", words.range, "A range as cargo writes it, such as '<1.2'")->capture_default_str();
  add("rotate-key", "Make a new key for secrets, and seal all of them again", rotate_key);
  add("log", "Print the audit log", [&words](const Operator& on) {
    return print_log(on, words.after);
  })->add_option("--after", words.after, "Only the rows after this one");
  add("verify", "Check that the audit log is as it was written", [&words](const Operator& on) {
    return verify_log(on, words.hash);
  })->add_option("--hash", words.hash, "A hash that an earlier verify printed: it must be in the log");
}

}  // namespace

int run_admin(std::span<char*> arguments,
              const std::function<Result<Places>(const std::filesystem::path& config)>& places_of) {
  CLI::App app("The operator's commands, on the data folder of a server", "faastad admin");
  Words words;
  Command chosen;
  app.add_option("--config", words.config, "The server's configuration file, which names the data folder")
      ->envname("FAASTAD_CONFIG");
  app.add_option("--data", words.data, "The data folder (default ./faasta-data)")->envname("FAASTAD_DATA");
  app.add_flag("--json", words.json, "Print JSON, an object a line");
  app.add_flag("-y,--yes", words.yes, "Delete without asking");
  app.require_subcommand(1);
  add_commands(app, words, chosen);
  try {
    app.parse(static_cast<int>(arguments.size()), arguments.data());
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return report({Code::usage, error.what(), {}, kUsageAdvice});
  }
  const auto in_folder = [](const std::filesystem::path& data) { return Places{{data}, data / "secrets.key"}; };
  Result<Places> places = in_folder("./faasta-data");
  if (!words.config.empty()) places = places_of(words.config);
  if (!words.data.empty()) {
    const auto configured = places;
    places = in_folder(words.data);
    // The configuration may name a key in another place.
    if (!words.config.empty() && configured && !configured->makes_key) {
      places->secrets_key = configured->secrets_key;
      places->makes_key = false;
    }
  }
  if (!places) return report(places.error());
  const auto on = Operator::open(*places, words.json);
  if (!on) return report(on.error());
  auto done = chosen(*on);
  if (!done && done.error().code == Code::usage && done.error().fix.empty()) done.error().fix = kUsageAdvice;
  return done ? 0 : report(done.error());
}

}  // namespace faasta::admin
