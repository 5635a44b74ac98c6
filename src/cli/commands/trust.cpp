#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <system_error>

#include "base/file.hpp"
#include "base/propagate.hpp"
#include "base/shell_quote.hpp"
#include "cli/client/dev_root.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/trusted_repositories.hpp"
#include "cli/process/program.hpp"

namespace faasta::cli {
namespace {

namespace fs = std::filesystem;

/// The name of the root in every store; `--undo` uses it to find the root.
constexpr const char* kNickname = "Faasta development authority";
/// In Debian, the root certificates in this folder are valid for the whole machine. curl reads them.
constexpr const char* kSystemFile = "/usr/local/share/ca-certificates/faasta-dev.crt";
constexpr const char* kSystemUpdate = "update-ca-certificates";
constexpr std::uint64_t kMostBytes = 64U << 10U;

struct Wanted {
  std::string file;
  bool undo = false;
};

/// The changes that the command made, for the output of --json.
struct Done {
  boost::json::array trusted_by;
  boost::json::array missing;
};

bool succeeds(const std::vector<std::string>& arguments) {
  const auto ran = run_program(arguments, [](std::string_view) {});
  return ran && ran->status == 0;
}

std::string store_of(const fs::path& folder) { return "sql:" + folder.string(); }

/// Adds the root to one store of a browser, or removes it.
bool change_store(const TrustStore& store, const std::string& file, bool undo) {
  std::error_code error;
  if (undo) return succeeds({"certutil", "-D", "-d", store_of(store.folder), "-n", kNickname});
  fs::create_directories(store.folder, error);
  if (!fs::exists(store.folder / "cert9.db", error) &&
      !succeeds({"certutil", "-N", "-d", store_of(store.folder), "--empty-password"}))
    return false;
  return succeeds({"certutil", "-A", "-d", store_of(store.folder), "-n", kNickname, "-t", "C,,", "-i", file});
}

void change_browsers(Session& session, const std::string& file, bool undo, Done& done) {
  const char* const home = std::getenv("HOME");
  if (home == nullptr) return;
  if (find_program("certutil").empty()) {
    session.output.warning(
        "browsers are left as they are: certutil is not installed (Debian: apt install libnss3-tools)");
    done.missing.emplace_back("certutil");
    return;
  }
  for (const TrustStore& store : trust_stores(home)) {
    if (change_store(store, file, undo)) {
      done.trusted_by.emplace_back(store.folder.string());
      session.output.note(
          fmt::format("{}: {} ({})", undo ? "taken out of" : "trusted by", store.reader, store.folder.string()));
    } else if (!undo) {
      session.output.warning(fmt::format("{} does not take the root: {}", store.reader, store.folder.string()));
      done.missing.emplace_back(store.folder.string());
    }
  }
}

/// Changes the root certificates of the machine, which curl and most other programs read. Only the user root can change
/// them.
void change_system(Session& session, const std::string& file, bool undo, Done& done) {
  std::error_code error;
  const std::string by_hand =
      undo ? fmt::format("sudo rm -f {} && sudo {}", kSystemFile, kSystemUpdate)
           : fmt::format("sudo cp {} {} && sudo {}", shell_quoted(file), kSystemFile, kSystemUpdate);
  if (undo && !fs::exists(kSystemFile, error)) return;
  if (::geteuid() == 0 && !find_program(kSystemUpdate).empty()) {
    const bool changed = undo ? fs::remove(kSystemFile, error)
                              : fs::copy_file(file, kSystemFile, fs::copy_options::overwrite_existing, error);
    if (changed && succeeds({kSystemUpdate, undo ? "--fresh" : "-v"})) {
      done.trusted_by.emplace_back(kSystemFile);
      return session.output.note(
          fmt::format("{}: curl, and what else reads the roots of this machine", undo ? "taken out of" : "trusted by"));
    }
  }
  done.missing.emplace_back("system");
  session.output.instruction(
      fmt::format("curl and other programs {} it after: {}", undo ? "forget" : "trust", by_hand));
}

Outcome<int> run(Session& session, const Wanted& wanted) {
  const fs::path own = dev_root_file();
  std::error_code error;
  Done done;
  if (wanted.undo) {
    if (fs::remove(own, error)) session.output.note("taken out of: faasta");
    change_browsers(session, own.string(), true, done);
    change_system(session, own.string(), true, done);
  } else {
    ASSIGN_OR_RETURN(const std::string text, read_file(wanted.file, kMostBytes));
    if (!is_one_certificate(text)) {
      return fail_with_fix(Error{Code::certificate_invalid, wanted.file + ": it is not one certificate in PEM form"},
                           "Name the root that `faastad --dev-tls` made: DATA/tls/dev/root.pem");
    }
    constexpr unsigned kMode = 0644;
    fs::create_directories(own.parent_path(), error);
    RETURN_IF_ERROR(replace_file(own, text, kMode, Durable::no));
    session.output.note("trusted by: faasta, for servers of this machine");
    change_browsers(session, own.string(), false, done);
    change_system(session, own.string(), false, done);
    session.output.note("to undo: faasta trust --undo");
  }
  if (session.output.json())
    session.output.object({{"undone", wanted.undo}, {"stores", done.trusted_by}, {"missing", done.missing}});
  return 0;
}

}  // namespace

void add_trust(CLI::App& app, Action& chosen) {
  auto wanted = std::make_shared<Wanted>();
  wanted->file = "faasta-data/tls/dev/root.pem";
  const Action action = [wanted](Session& session) { return run(session, *wanted); };
  CLI::App* command = add_command(
      app, "trust", "Trust the certificate of a development server here, or a repository whose CI jobs deploy", chosen,
      action);
  // This is called after the function of a command below, which must not lose its place.
  command->parse_complete_callback([command, action, &chosen] {
    if (command->get_subcommands().empty()) chosen = action;
  });
  add_trusted_repositories(*command, chosen);
  command->add_option("FILE", wanted->file, "The server's root certificate")->capture_default_str();
  command->add_flag("--undo", wanted->undo, "Trust it no more");
}

}  // namespace faasta::cli
