#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"

namespace faasta::cli {

/// Decides which files of a project a build reads. Paths are relative to the project's folder.
class WatchRules {
 public:
  /// `wanted`: patterns such as "src/**"; empty: all files. `gitignore`: the text of the folder's .gitignore.
  WatchRules(std::vector<std::string> wanted, std::string_view gitignore);

  /// Whether the folder is not looked into: its name begins with a dot, or it has the results of builds or packages.
  [[nodiscard]] bool skips_folder(const std::filesystem::path& folder) const;
  [[nodiscard]] bool wants(const std::filesystem::path& file) const;
  /// From now on, this file is not wanted.
  void ignore(const std::filesystem::path& file) { ignored_.insert(file.string()); }

 private:
  [[nodiscard]] bool is_git_ignored(const std::filesystem::path& path, bool folder) const;

  struct Pattern {
    std::string text;
    bool anchored = false;  ///< compared with the whole path, and not with the last name alone
    bool folders = false;   ///< for folders alone
  };
  std::vector<std::string> wanted_;
  std::vector<Pattern> git_;
  std::set<std::string> ignored_;
};

/// Tells which files of a folder have changed, at any depth. Used on one thread.
class FileWatch {
 public:
  /// Fails with watch_failed, for example if the project has more folders than inotify allows the user to watch.
  [[nodiscard]] static Result<FileWatch> start(const std::filesystem::path& folder, WatchRules rules);

  /// Becomes readable when something has changed.
  [[nodiscard]] int descriptor() const noexcept { return inotify_.get(); }
  /// Returns the wanted files that have changed since the last call, relative to the folder. Does not wait.
  [[nodiscard]] Result<std::set<std::filesystem::path>> changes();
  [[nodiscard]] WatchRules& rules() noexcept { return rules_; }

 private:
  FileWatch(FileDescriptor inotify, std::filesystem::path folder, WatchRules rules)
      : inotify_(std::move(inotify)), folder_(std::move(folder)), rules_(std::move(rules)) {}
  /// Watches a folder and the folders in it. Adds the files that are there to `found`.
  [[nodiscard]] Result<> add(const std::filesystem::path& relative, std::set<std::filesystem::path>& found);

  FileDescriptor inotify_;
  std::filesystem::path folder_;
  WatchRules rules_;
  std::unordered_map<int, std::filesystem::path> folders_;  ///< watch descriptor to relative path
};

}  // namespace faasta::cli
