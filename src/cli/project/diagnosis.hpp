#pragma once
// The checks of `faasta doctor`. Each check looks at one thing, and reports the findings about it.

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cli/client/api_client.hpp"
#include "cli/project/project_file.hpp"

namespace faasta::cli {

/// What `faasta doctor --fix` may do by itself, because it takes nothing away and changes nothing that a person wrote.
struct Repair {
  std::string does;
  std::function<Outcome<>()> run;
};

struct Finding {
  enum class Level : std::uint8_t { good, warning, fault };
  std::string about;  ///< "project", "machine", "server"
  Level level = Level::good;
  std::string says;
  std::string why{};  ///< why it matters; empty if the level is good
  std::string fix{};  ///< a line to type, or a sentence; empty if the level is good
  Repair repair{};    ///< without `run`: a person must do it
};
using Findings = std::vector<Finding>;

/// Looks at the project of the current folder: its file, and the tools of its language. Without a project, there is one
/// good finding.
[[nodiscard]] Findings diagnose_project(std::string_view environment);
/// Looks at the disk of `folder` and at the number of folders that a user may watch.
[[nodiscard]] Findings diagnose_machine(const std::filesystem::path& folder);
/// Looks at the server, at the token, at the clock, and at the DNS names of functions. Waits for the server for as long
/// as `api` waits.
[[nodiscard]] Findings diagnose_server(const ApiClient& api);

/// Compares the `date` field of an answer with this machine's clock. Returns a warning if they differ by more than a
/// minute, or if the field cannot be read.
[[nodiscard]] Finding diagnose_clock(const std::string& date, SystemTime now);
/// Reports the end of a token: `expires` is "2026-11-29T18:00:00Z", or empty if the token does not expire.
[[nodiscard]] Finding diagnose_token(const std::string& login, const std::string& expires, SystemTime now);

}  // namespace faasta::cli
