#include "cli/project/own_template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "base/file.hpp"
#include "cli/client/private_server.hpp"
#include "cli/process/git.hpp"
#include "cli/project/project_file.hpp"

namespace faasta::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 2000;
constexpr std::uint64_t kLargestFile = 16U << 20U;

/// Folders with the history, packages or results of builds.
constexpr std::array<std::string_view, 6> kLeftOut = {".git", "target", "node_modules", "dist", ".venv", ".faasta"};

std::unexpected<Error> unusable_template(const std::string& reason) {
  return fail(Code::io_error, "the template: " + reason);
}

Outcome<std::vector<NewFile>> read_folder(const fs::path& folder, const FunctionName& name) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return unusable_template(folder.string() + " is not a folder");
  std::vector<NewFile> out;
  auto entry = fs::recursive_directory_iterator(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const fs::path path = entry->path();
    // A link could lead out of the template.
    if (entry->is_symlink()) return unusable_template(path.string() + " is a symbolic link");
    if (entry->is_directory()) {
      if (std::ranges::find(kLeftOut, path.filename().string()) != kLeftOut.end()) entry.disable_recursion_pending();
      continue;
    }
    if (!entry->is_regular_file()) continue;
    if (out.size() == kMostFiles) return unusable_template(fmt::format("more than {} files", kMostFiles));
    auto content = read_file(path, kLargestFile);
    if (!content) return std::unexpected(content.error());
    out.push_back({path.lexically_relative(folder).string(), filled(*content, name.str())});
  }
  if (error) return unusable_template(folder.string() + ": " + error.message());
  std::ranges::sort(out, {}, &NewFile::path);
  if (std::ranges::find(out, kProjectFile, &NewFile::path) == out.end())
    return unusable_template(folder.string() + " has no faasta.toml");
  return out;
}

}  // namespace

Outcome<std::vector<NewFile>> own_template(const std::string& from, const FunctionName& name) {
  std::error_code error;
  if (fs::is_directory(from, error)) return read_folder(from, name);
  const GitPlace place = git_place(from);
  if (!is_inside_repository(place))
    return unusable_template(place.folder + " is not a folder inside of the repository");
  const auto copy = TemporaryFolder::make();
  if (!copy) return std::unexpected(copy.error());
  if (auto cloned = git_clone(place, copy->path() / "template"); !cloned)
    return std::unexpected(std::move(cloned.error()));
  return read_folder(copy->path() / "template" / place.folder, name);
}

}  // namespace faasta::cli
