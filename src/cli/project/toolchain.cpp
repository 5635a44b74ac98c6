#include "cli/project/toolchain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <system_error>

#include "cli/process/process.hpp"

namespace faasta::cli {
namespace {

constexpr std::string_view kDigits = "0123456789";

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// Runs a program, and returns its output. Empty if the program cannot be started or fails.
std::string output_of(const std::vector<std::string>& command) {
  auto child = Process::start(command, Process::Stdout::pipe);
  if (!child) return {};
  std::string out;
  const auto take = [&](std::string_view bytes) { out += bytes; };
  child->pump(take, take);
  return child->wait() == 0 ? out : std::string();
}

FoundTool look_for(const Tool& tool, const std::string& path) {
  FoundTool found{tool, find_program(std::string(tool.program), path), {}, false};
  if (found.path.empty()) return found;
  // By `env`, because a program may itself need another program of these folders: those of npm need node.
  found.version = version_in(output_of({"env", "PATH=" + path, found.path.string(), std::string(tool.ask)}));
  found.usable = is_at_least(found.version, tool.least);
  return found;
}

int take_number(std::string_view& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return 0;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with('.')) text.remove_prefix(1);
  return number;
}

}  // namespace

std::string search_path(const std::filesystem::path& folder) {
  std::error_code error;
  const std::filesystem::path here = std::filesystem::absolute(folder, error).lexically_normal();
  std::vector<std::string> folders = {(here / "node_modules/.bin").string(), (here / ".venv/bin").string()};
  if (const std::string path = variable("PATH"); !path.empty()) folders.push_back(path);
  if (const std::string tools = variable("FAASTA_GUEST_TOOLS"); !tools.empty())
    for (const std::string_view inside : {"", "/js/node_modules/.bin", "/venv/bin"})
      folders.push_back(tools + std::string(inside));
  folders.push_back(std::filesystem::read_symlink("/proc/self/exe", error).parent_path().string());
  return fmt::format("{}", fmt::join(folders, ":"));
}

std::vector<FoundTool> find_tools(const Language& language, const std::filesystem::path& folder) {
  const std::string path = search_path(folder);
  std::vector<FoundTool> out;
  for (const Tool& tool : language.tools) out.push_back(look_for(tool, path));
  return out;
}

std::vector<FoundTool> unusable(std::vector<FoundTool> tools) {
  std::erase_if(tools, [](const FoundTool& found) { return found.usable; });
  return tools;
}

std::string install_line(const std::vector<FoundTool>& missing) {
  std::vector<std::string_view> lines;
  for (const FoundTool& found : missing)
    if (std::ranges::find(lines, found.tool.install) == lines.end()) lines.push_back(found.tool.install);
  return fmt::format("{}", fmt::join(lines, " && "));
}

Outcome<> check_tools(const Language& language, const std::filesystem::path& folder) {
  const std::vector<FoundTool> missing = unusable(find_tools(language, folder));
  if (missing.empty()) return {};
  std::vector<std::string> reasons;
  for (const auto& [tool, path, version, usable] : missing) {
    if (path.empty())
      reasons.push_back(fmt::format("{} {} or newer is needed", tool.program, tool.least));
    else
      reasons.push_back(fmt::format("{} {} or newer is needed; {} is {}", tool.program, tool.least, path.string(),
                                    version.empty() ? "of an unknown version" : version));
  }
  return fail_with_fix(Error{Code::tool_missing, fmt::format("{}: {}", language.title, fmt::join(reasons, "\n"))},
                       fmt::format("In the folder of the project, run `{}`", install_line(missing)));
}

bool has_rust_target() {
  if (!variable("CARGO_UNSTABLE_BUILD_STD").empty()) return true;
  const std::string rustc = variable("RUSTC").empty() ? "rustc" : variable("RUSTC");
  std::string folder = output_of({rustc, "--print", "target-libdir", "--target", "wasm32-wasip2"});
  while (folder.ends_with('\n')) folder.pop_back();
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder, error))
    if (file.path().filename().string().starts_with("libstd-")) return true;
  return false;
}

std::string version_in(std::string_view output) {
  for (auto start = output.find_first_of(kDigits); start != std::string_view::npos;
       start = output.find_first_of(kDigits, start)) {
    const auto end = std::min(output.find_first_not_of("0123456789.", start), output.size());
    std::string_view word = output.substr(start, end - start);
    while (word.ends_with('.')) word.remove_suffix(1);
    if (word.contains('.')) return std::string(word);
    start = end;
  }
  return {};
}

bool is_at_least(std::string_view version, std::string_view least) {
  if (version.empty()) return false;
  while (!least.empty()) {
    const int wanted = take_number(least);
    const int there = take_number(version);
    if (there != wanted) return there > wanted;
  }
  return true;
}

}  // namespace faasta::cli
