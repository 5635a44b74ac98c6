#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"

namespace faasta::cli {

/// Decides which files of a project a build reads. Paths are relative to the project's folder.
class WatchRules {
 public:
  /// `wanted`: patterns such as "src/**"; empty: all files. `gitignore`: the text of the folder's .gitignore. `assets`:
  /// the folder with the static files, which is watched whatever the others say; empty: there is none.
  WatchRules(std::vector<std::string> wanted, std::string_view gitignore, const std::filesystem::path& assets = {});

  /// Whether the folder is not looked into: its name begins with a dot, it has the results of builds or packages, or no
  /// pattern can name a file in it.
  [[nodiscard]] bool skips_folder(const std::filesystem::path& folder) const;
  [[nodiscard]] bool wants(const std::filesystem::path& file) const;
  /// From now on, this file is not wanted.
  void ignore(const std::filesystem::path& file) { ignored_.insert(file.string()); }

 private:
  [[nodiscard]] bool is_outside_patterns(const std::filesystem::path& folder) const;
  [[nodiscard]] bool is_asset(const std::filesystem::path& path) const;
  [[nodiscard]] bool is_git_ignored(const std::filesystem::path& path, bool folder) const;

  struct Pattern {
    std::string text;
    bool anchored = false;  ///< compared with the whole path, and not with the last name alone
    bool folders = false;   ///< for folders alone
  };
  std::vector<std::string> wanted_;
  std::vector<Pattern> git_;
  std::set<std::string> ignored_;
  std::string assets_;  ///< "public/"; empty: there is none
};

/// Tells which files of a folder have changed, at any depth. Symbolic links to folders are followed; of a link to a
/// file, only the link itself is watched. Used on one thread.
class FileWatch {
 public:
  using Paths = std::set<std::filesystem::path>;

  /// Fails with watch_failed, for example if the project has more folders than inotify allows the user to watch.
  [[nodiscard]] static Result<FileWatch> start(const std::filesystem::path& folder, WatchRules rules);

  /// Becomes readable when something has changed.
  [[nodiscard]] int descriptor() const noexcept { return inotify_.get(); }
  /// Returns the wanted files that have changed since the last call, relative to the folder. Does not wait. If there
  /// are more changes than one call reads, `descriptor` stays readable. Fails with watch_failed if the folder is gone.
  [[nodiscard]] Result<Paths> changes();
  [[nodiscard]] WatchRules& rules() noexcept { return rules_; }

 private:
  /// What stat(2) says of a file: another stamp means that the file has changed.
  struct Stamp {
    std::uint64_t device, inode;
    std::int64_t size, changed;
    bool operator==(const Stamp&) const = default;
  };
  using Inode = std::pair<std::uint64_t, std::uint64_t>;

  FileWatch(FileDescriptor inotify, std::filesystem::path folder, WatchRules rules)
      : inotify_(std::move(inotify)), folder_(std::move(folder)), rules_(std::move(rules)) {}
  [[nodiscard]] std::optional<Stamp> stamp_of(const std::filesystem::path& relative) const;
  /// Watches a folder and the folders in it. Adds the files that are there to `found`.
  [[nodiscard]] Result<> add(const std::filesystem::path& relative, Paths& found);
  /// The same. `above`: the folders on the way to this one; a link that leads back to one of them is not followed.
  [[nodiscard]] Result<> add(const std::filesystem::path& relative, Paths& found, std::vector<Inode>& above);
  /// The folder was deleted or moved away: adds the files that were in it to `found`, and watches it no longer.
  void forget(const std::filesystem::path& relative, Paths& found);
  void drop_watch(int watch, const std::filesystem::path& relative);
  /// inotify has lost events: reads all folders again, and adds the files that differ to `found`.
  [[nodiscard]] Result<> read_again(Paths& found);
  /// One event of the folder `inside`.
  [[nodiscard]] Result<> take(std::uint32_t mask, const std::filesystem::path& path, Paths& found);
  void note(const std::filesystem::path& file, Paths& found);
  [[nodiscard]] bool is_gone() const;

  FileDescriptor inotify_;
  std::filesystem::path folder_;
  WatchRules rules_;
  std::unordered_map<int, Paths> folders_;        ///< watch descriptor to relative paths: links make several
  std::map<std::filesystem::path, int> watches_;  ///< the same the other way round
  bool was_there_ = false;                        ///< when the watch began
  std::map<std::filesystem::path, Stamp> files_;  ///< the wanted files that are there
};

}  // namespace faasta::cli
