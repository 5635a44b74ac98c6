#include "cli/builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "base/file.hpp"
#include "cli/cargo_messages.hpp"
#include "cli/interrupt.hpp"
#include "cli/process.hpp"

namespace faasta::cli {
namespace {

constexpr std::size_t kRememberedStderr = 256U << 10U;  // enough for every E0463 of a build; the end is what counts
constexpr std::uint64_t kLargestComponent = 1U << 30U;

constexpr std::string_view kTargetAdvice =
    "Run `rustup target add wasm32-wasip2`. With a rustc that rustup does not manage, compile the standard library "
    "along: set RUSTC to a rustc whose sysroot holds the library's sources, RUSTC_BOOTSTRAP=1 and "
    "CARGO_UNSTABLE_BUILD_STD=std,panic_abort";

struct Ran {
  int status = 0;
  std::string stderr_end;
};

Outcome<Ran> run(const std::vector<std::string>& arguments, const Process::Take& take_stdout) {
  auto child = Process::start(arguments, Process::Stdout::pipe);
  if (!child) return std::unexpected(child.error());
  Ran ran;
  child->pump(take_stdout, [&](std::string_view bytes) {
    Output::pass_on(bytes);
    ran.stderr_end += bytes;
    if (ran.stderr_end.size() > 2 * kRememberedStderr) ran.stderr_end.erase(0, kRememberedStderr);
  });
  if (interrupted()) child->stop(2);
  if (interrupted()) return fail(Code::interrupted);
  ran.status = child->wait();
  return ran;
}

std::unexpected<Error> build_failed(const std::string& command, int status) {
  return fail(Code::build_failed, fmt::format("`{}` ended with exit code {}", command, status));
}

bool has_option(const std::vector<std::string>& words, std::string_view option) {
  return std::ranges::any_of(
      words, [&](const std::string& word) { return word == option || word.starts_with(std::string(option) + "="); });
}

Outcome<std::filesystem::path> run_cargo(const Project& project, std::vector<std::string> words, Output& output) {
  const char* cargo = std::getenv("CARGO");  // cargo sets it for `cargo faasta`, so that the same one is used
  words[0] = cargo != nullptr && *cargo != '\0' ? cargo : "cargo";
  if (!has_option(words, "--message-format")) words.emplace_back("--message-format=json-render-diagnostics");
  // Cargo colours only a terminal, and its stderr is our pipe.
  if (output.stderr_coloured() && !has_option(words, "--color")) words.emplace_back("--color=always");
  std::error_code error;
  CargoMessages messages(std::filesystem::canonical("Cargo.toml", error).string(), project.name.str());
  auto ran = run(words, [&](std::string_view bytes) { messages.feed(bytes); });
  if (!ran && ran.error().id == info(Code::tool_missing).id)
    return fail_with_fix(Error{Code::tool_missing, words[0] + " is not installed"},
                         "Install Rust from https://rustup.rs, then run `rustup target add wasm32-wasip2`");
  if (!ran) return std::unexpected(std::move(ran.error()));
  for (const std::string& line : messages.other_lines()) output.note(line);
  if (ran->status != 0 && says_target_missing(ran->stderr_end))
    return fail_with_fix(Error{Code::target_missing, "cargo found no standard library for the target"},
                         std::string(kTargetAdvice));
  if (ran->status != 0) return build_failed(project.build_command, ran->status);
  if (project.artifact) return std::filesystem::path(*project.artifact);
  if (const auto artifact = messages.artifact()) return std::filesystem::path(*artifact);
  return fail(Code::build_no_artifact, "cargo named no .wasm file of a program or cdylib");
}

Outcome<std::filesystem::path> run_shell(const Project& project, Output& output) {
  if (!project.artifact)
    return fail(Code::build_no_artifact, "`" + project.build_command +
                                             "` is not a plain `cargo build`, so it is not "
                                             "known what it makes");
  auto ran = run({"sh", "-c", project.build_command}, [&](std::string_view bytes) {
    Output::pass_on(bytes);  // stdout is kept for the result
  });
  output.detail("built by: " + project.build_command);
  if (!ran) return std::unexpected(std::move(ran.error()));
  if (ran->status != 0) return build_failed(project.build_command, ran->status);
  return std::filesystem::path(*project.artifact);
}

}  // namespace

Outcome<std::filesystem::path> run_build(const Project& project, Output& output) {
  const auto words = shell_words(project.build_command);
  auto made = words && is_cargo_build(*words) ? run_cargo(project, *words, output) : run_shell(project, output);
  if (!made) return made;
  std::error_code error;
  if (!std::filesystem::is_regular_file(*made, error))
    return fail(Code::build_no_artifact, "the build was to make " + made->string() + ", which is not there");
  return made;
}

Outcome<CheckedFile> check_file(const std::filesystem::path& path) {
  const auto bytes = read_file(path, kLargestComponent);
  if (!bytes) return std::unexpected(bytes.error());
  auto component = read_component(*bytes);
  const Result<> checked = component ? check_handler(*component) : std::unexpected(component.error());
  if (!checked) {
    const Error& error = checked.error();
    return fail(error.code, path.string() + (error.detail.empty() ? "" : ": " + error.detail));
  }
  for (CustomSection& section : component->custom_sections) section.bytes = {};
  return CheckedFile{path, bytes->size(), sha256(*bytes), std::move(*component)};
}

}  // namespace faasta::cli
