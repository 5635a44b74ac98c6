#include "cli/project/diagnosis.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/statvfs.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>

#include "base/sha256.hpp"
#include "cli/process/program.hpp"
#include "cli/project/scaffold.hpp"
#include "cli/project/toolchain.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/units.hpp"
#include "curl/curl.hpp"

namespace faasta::cli {
namespace {

using enum Finding::Level;

Finding fault_of(std::string about, const Problem& problem) {
  return {std::move(about), fault,
          problem.id + " " + problem.title + (problem.detail.empty() ? "" : ": " + problem.detail),
          "nothing that needs it works", problem.fix};
}

/// Runs a program whose output is for the person.
Outcome<> run_shown(const std::vector<std::string>& command) {
  const auto pass_on = [](std::string_view bytes) { Output::pass_on(bytes); };
  auto ran = run_program(command, pass_on, {});
  if (!ran) return std::unexpected(std::move(ran.error()));
  if (ran->status != 0)
    return fail(Code::tool_missing, fmt::format("`{}` ended with exit code {}", fmt::join(command, " "), ran->status));
  return {};
}

Repair add_rust_target() {
  if (find_program("rustup").empty()) return {};
  return {std::string(kInstallRustTarget),
          [] { return run_shown({"rustup", "target", "add", std::string(kRustTarget)}); }};
}

/// The files of the template that a developer does not edit: the interfaces, and the bindings that were generated.
Repair repair_of(std::string_view source, const Project& project) {
  if (source != "wit" && source != "bindings") return {};
  return {fmt::format("{} from the template for {}", source, project.recipe->title), [source, project]() -> Outcome<> {
            auto files = template_files(*project.recipe, project.name);
            std::erase_if(files,
                          [&](const NewFile& file) { return !file.path.starts_with(std::string(source) + "/"); });
            auto written = write_project(project.folder, std::move(files));
            if (!written) return std::unexpected(std::move(written.error()));
            return {};
          }};
}

Findings diagnose_tools(const Project& project) {
  Findings out;
  if (project.recipe == nullptr) {
    out.push_back({"project", good, "the build is a command of your own: " + project.build_command});
    return out;
  }
  for (const std::string_view source : project.recipe->sources) {
    std::error_code error;
    if (!std::filesystem::exists("." / project.folder / source, error))
      out.push_back({"project", fault, fmt::format("{} is not here", source),
                     fmt::format("the build for {} reads it", project.recipe->title),
                     fmt::format("Take it from a new project (`faasta new NAME --lang {}`), or set `[build] command`",
                                 project.recipe->name),
                     repair_of(source, project)});
  }
  const auto found = find_tools(*project.recipe, project.folder);
  const auto missing = unusable(found);
  for (const FoundTool& tool : missing)
    out.push_back({"project", fault,
                   tool.path.empty() ? fmt::format("{} is not installed", tool.tool.program)
                                     : fmt::format("{} {} is too old; {} is needed", tool.tool.program, tool.version,
                                                   tool.tool.least),
                   fmt::format("`faasta build` for {} needs it", project.recipe->title), install_line({tool})});
  if (project.recipe->rust_target && missing.empty() && !has_rust_target())
    out.push_back({"project", fault, fmt::format("Rust has no standard library for {}", kRustTarget),
                   "`faasta build` compiles for it", std::string(kInstallRustTarget), add_rust_target()});
  if (!out.empty()) return out;
  std::string tools;
  for (const FoundTool& tool : found)
    tools += fmt::format("{}{} {}", tools.empty() ? "" : ", ", tool.tool.program, tool.version);
  out.push_back({"project", good, fmt::format("{}: {}", project.recipe->title, tools)});
  return out;
}

std::optional<std::int64_t> number_in(const char* file) {
  std::int64_t out = 0;
  if (!(std::ifstream(file) >> out)) return std::nullopt;
  return out;
}

/// Whether the resolver knows an address of the name.
bool resolves(const std::string& host) {
  addrinfo* found = nullptr;
  const bool ok = ::getaddrinfo(host.c_str(), nullptr, nullptr, &found) == 0;
  if (ok) ::freeaddrinfo(found);
  return ok;
}

Finding diagnose_names(const ServerUrl& server) {
  const std::string origin = server.function_origin("doctor-" + random_hex(4));
  std::string host = origin.substr(origin.find("//") + 2);
  host = host.substr(0, host.find(':'));
  if (!server.address().empty() || host.ends_with(".localhost"))
    return {"server", good, "functions are at addresses of this machine, which need no DNS"};
  if (resolves(host)) return {"server", good, "names of functions lead to an address: " + host};
  return {"server", fault, "no address for " + host, "callers look up the host of a function",
          "Add a DNS record for *." + host.substr(host.find('.') + 1) + " with the address of the server"};
}

std::optional<Finding> diagnose_certificates(std::string_view state) {
  if (state.empty()) return std::nullopt;
  return Finding{"server", warning, fmt::format("a certificate of the server is {}", state),
                 "callers may soon see errors of TLS", "Ask the operator to look at `faastad certificates list`"};
}

}  // namespace

Findings diagnose_project(std::string_view environment) {
  const auto project = find_project(environment);
  if (!project) {
    if (project.error().code == Code::no_project)
      return {{"project", good, fmt::format("there is no {} here", kProjectFile)}};
    return {fault_of("project", project.error())};
  }
  Findings out{
      {"project", good, fmt::format("{} is valid; the function is {}", project->shown_file(), project->name.str())}};
  for (Finding& finding : diagnose_tools(*project)) out.push_back(std::move(finding));
  return out;
}

Findings diagnose_machine(const std::filesystem::path& folder) {
  constexpr std::uint64_t kLeastBytes = 1ULL << 30U;
  constexpr std::int64_t kLeastWatches = 8192;
  Findings out;
  struct statvfs disk{};
  if (::statvfs(folder.empty() ? "." : folder.c_str(), &disk) == 0) {
    const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    if (free < kLeastBytes)
      out.push_back({"machine", warning, human_size(free) + " are free on this disk",
                     "a build of Rust or JavaScript needs about 1 GiB", "Delete files that you do not need"});
    else
      out.push_back({"machine", good, human_size(free) + " are free on this disk"});
  }
  if (const auto watches = number_in("/proc/sys/fs/inotify/max_user_watches"); watches && *watches < kLeastWatches)
    out.push_back({"machine", warning, fmt::format("a user may watch {} folders", *watches),
                   "`faasta dev` watches the folders of a project",
                   fmt::format("sudo sysctl fs.inotify.max_user_watches={}", kLeastWatches)});
  return out;
}

Finding diagnose_clock(const std::string& date, SystemTime now) {
  constexpr std::chrono::seconds kMost{60};
  const auto theirs = curl::parse_date(date);
  if (!theirs)
    return {"machine", warning, "the server's answer has no time", "the clock of this machine cannot be compared",
            "Look whether a proxy in front of the server takes the field `date` out"};
  const auto apart = std::chrono::abs(std::chrono::floor<std::chrono::seconds>(now) - *theirs);
  if (apart <= kMost) return {"machine", good, "the clock agrees with the server's"};
  return {"machine", warning, fmt::format("the clock differs from the server's by {} s", apart.count()),
          "certificates and tokens are valid between two times", "sudo timedatectl set-ntp true"};
}

Finding diagnose_token(const std::string& login, const std::string& expires, SystemTime now) {
  constexpr std::chrono::days kSoon{7};
  const std::string who = "signed in as " + login;
  if (expires.empty()) return {"server", good, who + "; the token does not expire"};
  const auto end = parse_rfc3339(expires);
  if (end && *end - now < kSoon)
    return {"server", warning, fmt::format("{}; the token ends {}", who, expires), "after that, deploys are refused",
            "faasta login"};
  return {"server", good, fmt::format("{} until {}", who, expires)};
}

Findings diagnose_server(const ApiClient& api) {
  const auto answer = api.ask("/readyz");
  if (!answer) return {fault_of("server", to_problem(answer.error()))};
  const auto ready = read_answer(*answer, api.server().str() + "/readyz");
  if (!ready) return {fault_of("server", ready.error())};
  Findings out{{"server", good,
                fmt::format("{} answers; its version is {}", api.server().str(), text_field(*ready, "version"))}};
  out.push_back(diagnose_clock(answer->head.header("date"), system_now()));
  if (const auto finding = diagnose_certificates(text_field(*ready, "certificates"))) out.push_back(*finding);
  out.push_back(diagnose_names(api.server()));
  if (api.token_source() == TokenSource::none) {
    out.push_back({"server", fault, "you are not signed in", "a deploy needs a token", "faasta login"});
    return out;
  }
  const auto me = api.get("/v1/me");
  if (!me) {
    out.push_back(fault_of("server", me.error()));
    return out;
  }
  out.push_back(diagnose_token(text_field(object_field(*me, "owner"), "login"),
                               text_field(object_field(*me, "token"), "expires_at"), system_now()));
  return out;
}

}  // namespace faasta::cli
