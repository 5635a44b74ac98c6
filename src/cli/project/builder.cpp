#include "cli/project/builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <system_error>

#include "base/file.hpp"
#include "cli/process/program.hpp"
#include "cli/project/artifact_choice.hpp"
#include "cli/project/cargo_command.hpp"
#include "cli/project/cargo_messages.hpp"
#include "cli/project/project_schema.hpp"
#include "cli/project/toolchain.hpp"
#include "cli/terminal/progress.hpp"

namespace faasta::cli {
namespace {

constexpr std::string_view kTargetAdvice =
    "Run `rustup target add wasm32-wasip2`. With a rustc that rustup does not manage, compile the standard library "
    "along: set RUSTC to a rustc whose sysroot holds the library's sources, RUSTC_BOOTSTRAP=1 and "
    "CARGO_UNSTABLE_BUILD_STD=std,panic_abort";

std::unexpected<Error> build_failed(const std::string& command, int status) {
  return fail(Code::build_failed, fmt::format("`{}` ended with exit code {}", command, status));
}

bool has_option(const std::vector<std::string>& words, std::string_view option) {
  return std::ranges::any_of(
      words, [&](const std::string& word) { return word == option || word.starts_with(std::string(option) + "="); });
}

/// Returns the Cargo.toml of the command's package: from --manifest-path, or from the current folder or the nearest
/// folder above it.
std::filesystem::path root_manifest(const std::vector<std::string>& words) {
  std::error_code error;
  if (const std::string given = read_cargo_build(words).manifest; !given.empty())
    return std::filesystem::canonical(given, error);
  for (auto at = std::filesystem::current_path(error); !error; at = at.parent_path()) {
    if (std::filesystem::exists(at / "Cargo.toml", error)) return std::filesystem::canonical(at / "Cargo.toml", error);
    if (at == at.root_path()) break;
  }
  return {};
}

/// Replaces `--message-format` in `words`, so that cargo writes messages to stdout. Diagnostics go to stderr, in short
/// form if `words` requested this. True if `words` had a `--message-format`.
bool take_message_format(std::vector<std::string>& words) {
  constexpr std::string_view kOption = "--message-format";
  bool given = false;
  std::string format = "--message-format=json-render-diagnostics";
  const auto end = std::ranges::find(words, "--");
  for (auto at = words.begin(); at != end && at != words.end();) {
    const bool alone = *at == kOption;
    if (!alone && !at->starts_with(std::string(kOption) + "=")) {
      ++at;
      continue;
    }
    given = true;
    if (at->ends_with("short") || (alone && at + 1 != words.end() && *(at + 1) == "short"))
      format += ",json-diagnostic-short";
    at = words.erase(at, at + (alone && at + 1 != words.end() ? 2 : 1));
  }
  words.insert(std::ranges::find(words, "--"), format);
  return given;
}

/// Changes to the project's folder during the build, as if the user had started faasta in this folder.
class InFolder {
 public:
  explicit InFolder(const std::filesystem::path& folder) {
    if (folder.empty()) return;
    before_ = std::filesystem::current_path(error_);
    if (!error_) std::filesystem::current_path(folder, error_);
  }
  InFolder(const InFolder&) = delete;
  InFolder& operator=(const InFolder&) = delete;
  ~InFolder() {
    std::error_code ignored;
    if (!before_.empty()) std::filesystem::current_path(before_, ignored);
  }
  [[nodiscard]] const std::error_code& error() const noexcept { return error_; }

 private:
  std::filesystem::path before_;
  std::error_code error_;
};

std::unexpected<Problem> cargo_missing() {
  return fail_with_fix(Error{Code::tool_missing, cargo_program() + " is not installed"},
                       "Run `" + std::string(languages().front().tools.front().install) + "`");
}

/// Shows that a build runs. The program's own text comes between the lines.
Watching watch_build(Output& output) {
  const auto progress = std::make_shared<Progress>(output);
  return {.tick = [progress] { progress->show("building"); }, .before_text = [&output] { output.clear_progress(); }};
}

/// The component that a build command made, and the packages that cargo compiled.
struct Made {
  std::filesystem::path path;
  std::map<std::string, std::string> compiled;
};

Outcome<Made> run_cargo(const Project& project, std::vector<std::string> words, Output& output) {
  words[0] = cargo_program();
  const std::filesystem::path manifest = root_manifest(words);
  if (take_message_format(words))
    output.detail("`--message-format` of the build command is left out: cargo has to say which files it made");
  // Cargo uses colours only if its stderr is a terminal, but here its stderr is our pipe.
  if (output.stderr_coloured() && !has_option(words, "--color")) words.emplace_back("--color=always");
  if (output.quiet() && !has_option(words, "--quiet") && !has_option(words, "-q")) words.emplace_back("--quiet");
  CargoMessages messages;
  auto ran = run_program(words, [&](std::string_view bytes) { messages.feed(bytes); }, watch_build(output));
  output.clear_progress();
  if (!ran && ran.error().id == info(Code::tool_missing).id) return cargo_missing();
  if (!ran) return std::unexpected(std::move(ran.error()));
  for (const std::string& line : messages.other_lines()) output.note(line);
  if (ran->status != 0 && says_target_missing(ran->stderr_end))
    return fail_with_fix(Error{Code::target_missing, "cargo found no standard library for the target"},
                         std::string(kTargetAdvice));
  if (ran->status != 0) return build_failed(project.build_command, ran->status);
  auto chosen = choose_artifact(project, messages.linked(), manifest,
                                [](const auto& path) { return check_file(path).has_value(); });
  if (!chosen) return std::unexpected(std::move(chosen.error()));
  output.detail("the component is " + chosen->string());
  return Made{std::move(*chosen), messages.compiled()};
}

Outcome<Made> run_shell(const Project& project, Output& output) {
  if (!project.artifact)
    return fail(Code::build_no_artifact, "`" + project.build_command +
                                             "` is not a plain `cargo build`, so it is not "
                                             "known what it makes");
  if (project.recipe != nullptr)
    if (auto checked = check_tools(*project.recipe, "."); !checked) return std::unexpected(std::move(checked.error()));
  const auto pass_on = [&output](std::string_view bytes) {
    output.clear_progress();
    Output::pass_on(bytes);  // stdout is only for the result
  };
  auto ran =
      run_program({"env", "PATH=" + search_path("."), "sh", "-c", project.build_command}, pass_on, watch_build(output));
  output.clear_progress();
  output.detail("built by: " + project.build_command);
  if (!ran) return std::unexpected(std::move(ran.error()));
  if (ran->status != 0) return build_failed(project.build_command, ran->status);
  return Made{*project.artifact, {}};
}

struct Judged {
  BuildDependencies dependencies;
  ChosenPolicy policy;
};

Outcome<Judged> judge_build(const std::vector<std::string>& words, const ChoosePolicy& choose, Output& output) {
  auto policy = choose();
  if (!policy) return std::unexpected(std::move(policy.error()));
  auto dependencies = find_dependencies(words);
  if (!dependencies && dependencies.error().id == info(Code::tool_missing).id) return cargo_missing();
  if (!dependencies) return std::unexpected(std::move(dependencies.error()));
  if (auto allowed = check_dependencies(*dependencies, *policy, output); !allowed)
    return std::unexpected(std::move(allowed.error()));
  return Judged{std::move(*dependencies), std::move(*policy)};
}

}  // namespace

Outcome<Built> run_build(const Project& project, const ChoosePolicy& choose, Output& output) {
  const InFolder folder(project.folder);
  if (folder.error()) return fail_errno(Code::io_error, "work in " + project.folder.string(), folder.error().value());
  keep_schema(".");
  const auto words = shell_words(project.build_command);
  const bool by_cargo = words && is_cargo_build(*words);
  Built built;
  if (by_cargo && choose) {  // before the build, because a build runs code of the dependencies
    auto judged = judge_build(*words, choose, output);
    if (!judged) return std::unexpected(std::move(judged.error()));
    built.dependencies = std::move(judged->dependencies);
    built.policy = std::move(judged->policy);
  }
  auto made = by_cargo ? run_cargo(project, *words, output) : run_shell(project, output);
  if (!made) return std::unexpected(std::move(made.error()));
  built.path = std::move(made->path);
  if (built.dependencies) {
    if (const auto more = not_judged(made->compiled, *built.dependencies); !more.empty())
      return fail(Code::dependency_refused,
                  fmt::format("{}: cargo compiled it, but did not name it when it was asked for the dependencies",
                              fmt::join(more, "\n")));
  }
  std::error_code error;
  if (!std::filesystem::is_regular_file(built.path, error))
    return fail(Code::build_no_artifact, "the build was to make " + built.path.string() + ", which is not there");
  if (built.dependencies) {
    if (auto embedded = embed_dependencies(built.path, built.dependencies->list); !embedded)
      return std::unexpected(std::move(embedded.error()));
  } else if (choose && (project.recipe == nullptr || project.recipe->rust_target)) {
    output.note("the dependencies of this build are not known: only a plain `cargo build` is asked for them");
  }
  if (built.path.is_relative()) built.path = project.folder / built.path;
  return built;
}

Outcome<CheckedFile> check_file(const std::filesystem::path& path) {
  const auto bytes = read_file(path, component::kLargestFile);
  if (!bytes) return std::unexpected(bytes.error());
  auto component = component::read_component(*bytes);
  const Result<> checked = component ? component::check_handler(*component) : std::unexpected(component.error());
  if (!checked) {
    const Error& error = checked.error();
    return fail(error.code, path.string() + (error.detail.empty() ? "" : ": " + error.detail));
  }
  for (component::CustomSection& section : component->custom_sections) section.bytes = {};
  return CheckedFile{path, bytes->size(), sha256(*bytes), std::move(*component)};
}

}  // namespace faasta::cli
