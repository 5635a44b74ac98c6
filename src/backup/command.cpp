#include "backup/command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "backup/backup.hpp"
#include "base/json.hpp"
#include "base/propagate.hpp"

namespace faasta::backup {
namespace {

struct Words {
  std::string config;
  std::string data;
  std::string folder;
  bool logs = false;
  bool without_key = false;
  bool json = false;
};

void add_common(CLI::App& command, Words& words, const char* folder) {
  command.add_option("FOLDER", words.folder, folder)->required();
  command.add_option("--config", words.config, "The server's configuration file")->envname("FAASTAD_CONFIG");
  command.add_option("--data", words.data, "The data folder (default ./faasta-data)")->envname("FAASTAD_DATA");
  command.add_flag("--json", words.json, "Print JSON");
}

void say(const Words& words, const char* done, const Summary& summary) {
  if (words.json) {
    json::array notes;
    for (const std::string& note : summary.notes) notes.emplace_back(note);
    const json::object out{{"folder", words.folder},           {"components", summary.components},
                           {"files", summary.files},           {"bytes", summary.bytes},
                           {"audit_rows", summary.audit.rows}, {"audit_hash", summary.audit.hash.hex()},
                           {"notes", std::move(notes)}};
    fmt::print("{}\n", to_text(out));
    return;
  }
  fmt::print("{} {}: {} components, {} files, {} bytes; the audit log has {} rows and the hash {}\n", done,
             words.folder, summary.components, summary.files, summary.bytes, summary.audit.rows,
             summary.audit.hash.hex());
  for (const std::string& note : summary.notes) fmt::print("note: {}\n", note);
}

}  // namespace

Result<> run_backup(std::span<char*> arguments,
                    const std::function<Result<Places>(const std::filesystem::path& config)>& places_of) {
  CLI::App app("Backups of the data folder", "faastad");
  Words words;
  CLI::App* const making = app.add_subcommand("backup", "Write a backup of the data folder, also of a running server");
  add_common(*making, words, "The backup: a folder that does not exist");
  making->add_flag("--logs", words.logs, "Also the logs of functions");
  making->add_flag("--without-key", words.without_key, "Without the key of the secrets");
  CLI::App* const restoring = app.add_subcommand("restore", "Make a data folder of a backup");
  add_common(*restoring, words, "The backup");
  app.require_subcommand(1);
  try {
    app.parse(static_cast<int>(arguments.size()), arguments.data());
  } catch (const CLI::Success& success) {
    std::exit(app.exit(success));
  } catch (const CLI::ParseError& error) {
    return fail_with_advice(Code::usage, error.what(), "See `faastad backup --help`, `faastad restore --help`");
  }
  const auto in_folder = [](const std::filesystem::path& data) { return Places{data, data / "secrets.key"}; };
  Result<Places> places = in_folder("./faasta-data");
  if (!words.config.empty()) places = places_of(words.config);
  if (!words.data.empty()) {
    const auto configured = places;
    places = in_folder(words.data);
    // The configuration may name a key in another place.
    if (!words.config.empty() && configured && configured->secrets_key != configured->data / "secrets.key")
      places->secrets_key = configured->secrets_key;
  }
  if (!places) return std::unexpected(places.error());
  if (restoring->parsed()) {
    ASSIGN_OR_RETURN(const auto done, restore_backup(words.folder, places->data));
    say(words, "restored from", done);
    return {};
  }
  ASSIGN_OR_RETURN(const auto done, make_backup(places->data, places->secrets_key, words.folder,
                                                {.logs = words.logs, .keys = !words.without_key}));
  say(words, "written to", done);
  return {};
}

}  // namespace faasta::backup
