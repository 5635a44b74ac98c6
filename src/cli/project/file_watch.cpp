#include "cli/project/file_watch.hpp"

#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/propagate.hpp"
#include "base/text.hpp"

namespace faasta::cli {
namespace {

/// Folders with the results of builds, or with packages.
constexpr std::array<std::string_view, 6> kSkipped = {"target", "node_modules", "dist", "__pycache__", "build", "venv"};

constexpr std::uint32_t kEvents =
    IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR | IN_EXCL_UNLINK;
/// A link may lead to a large part of the disk.
constexpr std::size_t kMostFolders = 100'000;

/// Whether an editor has made the file beside the real one.
bool is_of_editor(const std::string& name) {
  return name.ends_with('~') || name.ends_with(".swp") || name.ends_with(".swx") || name.ends_with(".tmp") ||
         name == "4913" || (name.starts_with('#') && name.ends_with('#'));
}

std::unexpected<Error> failed(const std::filesystem::path& folder, int error) {
  if (error == ENOSPC) {
    return fail_with_advice(Code::watch_failed, "this user watches as many folders as the system allows",
                            "Raise fs.inotify.max_user_watches, or name what to watch: `[build] watch = [\"src/**\"]`");
  }
  return fail_errno(Code::watch_failed, folder.string(), error);
}

/// Whether `path` is the folder, or in it.
bool is_in(const std::filesystem::path& path, const std::filesystem::path& folder) {
  return std::ranges::mismatch(folder, path).in1 == folder.end();
}

}  // namespace

WatchRules::WatchRules(std::vector<std::string> wanted, std::string_view gitignore, const std::filesystem::path& assets)
    : wanted_(std::move(wanted)), assets_((assets / "").lexically_normal().string()) {
  while (!gitignore.empty()) {
    std::string_view line = trimmed(take_until(gitignore, '\n'), " \t\r");
    // Lines that take an ignored file back in are rare, and without them a build is only started too seldom.
    if (line.empty() || line.starts_with('#') || line.starts_with('!')) continue;
    Pattern pattern;
    if (line.ends_with('/')) {
      pattern.folders = true;
      line.remove_suffix(1);
    }
    if (line.starts_with('/')) {
      pattern.anchored = true;
      line.remove_prefix(1);
    }
    if (line.contains('/')) pattern.anchored = true;
    pattern.text = line;
    git_.push_back(std::move(pattern));
  }
}

bool WatchRules::is_git_ignored(const std::filesystem::path& path, bool folder) const {
  return std::ranges::any_of(git_, [&](const Pattern& pattern) {
    if (pattern.folders && !folder) return false;
    const std::string compared = pattern.anchored ? path.string() : path.filename().string();
    return ::fnmatch(pattern.text.c_str(), compared.c_str(), 0) == 0;
  });
}

bool WatchRules::is_outside_patterns(const std::filesystem::path& folder) const {
  const std::string inside = folder.string() + "/";
  return !wanted_.empty() && std::ranges::none_of(wanted_, [&](const std::string& pattern) {
    const std::string_view plain = std::string_view(pattern).substr(0, pattern.find_first_of("*?[\\"));
    return plain.starts_with(inside) || std::string_view(inside).starts_with(plain);
  });
}

bool WatchRules::is_asset(const std::filesystem::path& path) const {
  return !assets_.empty() && (path.string() + "/").starts_with(assets_);
}

bool WatchRules::skips_folder(const std::filesystem::path& folder) const {
  const std::string name = folder.filename().string();
  const bool leads_to_assets = assets_.starts_with(folder.string() + "/");
  if (leads_to_assets || (is_asset(folder) && !name.starts_with('.'))) return false;
  return name.starts_with('.') || std::ranges::find(kSkipped, name) != kSkipped.end() || is_git_ignored(folder, true) ||
         is_outside_patterns(folder);
}

bool WatchRules::wants(const std::filesystem::path& file) const {
  const std::string name = file.filename().string();
  if (ignored_.contains(file.string())) return false;
  // These are read by every project, whatever .gitignore and the patterns say.
  if (file == "faasta.toml" || (file == name && (name == ".env" || name.starts_with(".env.")))) return true;
  if (name.starts_with('.') || is_of_editor(name)) return false;
  if (is_asset(file)) return true;
  if (is_git_ignored(file, false)) return false;
  // In a pattern, `*` also stands for `/`, so "src/**" and "src/*" are the same.
  return wanted_.empty() || std::ranges::any_of(wanted_, [&](const std::string& pattern) {
           return ::fnmatch(pattern.c_str(), file.c_str(), 0) == 0;
         });
}

Result<FileWatch> FileWatch::start(const std::filesystem::path& folder, WatchRules rules) {
  FileDescriptor inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify) return fail_errno(Code::watch_failed, "inotify", errno);
  FileWatch out(std::move(inotify), folder.empty() ? "." : folder, std::move(rules));
  Paths there;
  RETURN_IF_ERROR(out.add("", there));
  out.was_there_ = !out.is_gone();
  return out;
}

std::optional<FileWatch::Stamp> FileWatch::stamp_of(const std::filesystem::path& relative) const {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  struct stat found{};
  if (::stat((folder_ / relative).c_str(), &found) != 0) return std::nullopt;
  return Stamp{found.st_dev, found.st_ino, found.st_size, found.st_mtim.tv_sec * kNanoseconds + found.st_mtim.tv_nsec};
}

Result<> FileWatch::add(const std::filesystem::path& relative, Paths& found) {
  std::vector<Inode> above;
  for (auto at = relative; !at.empty();) {
    at = at.parent_path();
    if (const auto stamp = stamp_of(at)) above.emplace_back(stamp->device, stamp->inode);
  }
  return add(relative, found, above);
}

Result<> FileWatch::add(const std::filesystem::path& relative, Paths& found, std::vector<Inode>& above) {
  const std::filesystem::path folder = folder_ / relative;
  const auto stamp = stamp_of(relative);
  if (!stamp) return {};  // it is gone already
  const Inode inode{stamp->device, stamp->inode};
  if (std::ranges::find(above, inode) != above.end()) return {};
  if (watches_.size() >= kMostFolders)
    return fail_with_advice(
        Code::watch_failed, fmt::format("the project has more than {} folders, with those behind links", kMostFolders),
        "Name what to watch: `[build] watch = [\"src/**\"]`, or list links to other folders in .gitignore");
  const int watch = ::inotify_add_watch(inotify_.get(), folder.c_str(), kEvents);
  // It is gone already, it is a file now, or this user may not read it: then the build cannot read it either.
  if (watch < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES)) return {};
  if (watch < 0) return failed(folder, errno);
  folders_[watch].insert(relative);
  watches_[relative] = watch;
  above.push_back(inode);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::filesystem::path inner = relative / entry.path().filename();
    if (entry.is_directory(error)) {
      if (!rules_.skips_folder(inner)) RETURN_IF_ERROR(add(inner, found, above));
    } else if (rules_.wants(inner)) {
      note(inner, found);
    }
  }
  above.pop_back();
  return {};
}

bool FileWatch::is_gone() const {
  // A folder that is deleted lives on without a name while a process works in it, and inotify says nothing.
  struct stat found{};
  return ::stat(folder_.c_str(), &found) != 0 || found.st_nlink == 0;
}

void FileWatch::note(const std::filesystem::path& file, Paths& found) {
  found.insert(file);
  if (const auto stamp = stamp_of(file))
    files_.insert_or_assign(file, *stamp);
  else
    files_.erase(file);
}

void FileWatch::drop_watch(int watch, const std::filesystem::path& relative) {
  const auto folder = folders_.find(watch);
  if (folder == folders_.end()) return;
  folder->second.erase(relative);
  if (!folder->second.empty()) return;
  folders_.erase(folder);
  static_cast<void>(::inotify_rm_watch(inotify_.get(), watch));  // fails if the folder is deleted
}

void FileWatch::forget(const std::filesystem::path& relative, Paths& found) {
  // Paths are compared name by name, so all that is in a folder follows the folder.
  for (auto at = watches_.lower_bound(relative); at != watches_.end() && is_in(at->first, relative);) {
    drop_watch(at->second, at->first);
    at = watches_.erase(at);
  }
  for (auto at = files_.lower_bound(relative); at != files_.end() && is_in(at->first, relative);) {
    found.insert(at->first);
    at = files_.erase(at);
  }
}

Result<> FileWatch::read_again(Paths& found) {
  const auto files = std::exchange(files_, {});
  const auto folders = std::exchange(folders_, {});
  watches_.clear();
  Paths there;
  RETURN_IF_ERROR(add("", there));
  for (const auto& [watch, paths] : folders)
    if (!folders_.contains(watch)) static_cast<void>(::inotify_rm_watch(inotify_.get(), watch));
  for (const auto& [file, stamp] : files)
    if (const auto now = files_.find(file); now == files_.end() || now->second != stamp) found.insert(file);
  for (const auto& [file, stamp] : files_)
    if (!files.contains(file)) found.insert(file);
  return {};
}

Result<> FileWatch::take(std::uint32_t mask, const std::filesystem::path& path, Paths& found) {
  const bool came = (mask & (IN_CREATE | IN_MOVED_TO)) != 0;
  std::error_code error;
  if (!came && watches_.contains(path)) {
    if ((mask & (IN_DELETE | IN_MOVED_FROM)) != 0) forget(path, found);
    return {};
  }
  if (came && std::filesystem::is_directory(folder_ / path, error)) {  // also a link to a folder
    forget(path, found);                                               // another one was there
    return rules_.skips_folder(path) ? Result<>() : add(path, found);
  }
  if ((mask & IN_ISDIR) != 0 || !rules_.wants(path)) return {};
  // A new file is told when it is closed. A new name of an old file is never closed.
  struct stat file{};
  const bool is_new = (mask & IN_CREATE) != 0 && ::lstat((folder_ / path).c_str(), &file) == 0 &&
                      !S_ISLNK(file.st_mode) && file.st_nlink == 1;
  if (!is_new) note(path, found);
  return {};
}

Result<FileWatch::Paths> FileWatch::changes() {
  constexpr int kMostReads = 64;  // a program that changes files without an end must not hold this one up
  Paths out;
  bool lost = false;
  alignas(inotify_event) std::array<char, 64 << 10> buffer{};
  for (int reads = 0; reads < kMostReads; ++reads) {
    const ssize_t got = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) break;
    if (got < 0) return fail_errno(Code::watch_failed, "inotify", errno);
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const std::string name(event.len > 0 ? buffer.data() + at + sizeof event : "");
      at += sizeof event + event.len;
      lost = lost || (event.mask & IN_Q_OVERFLOW) != 0;
      const auto folder = folders_.find(event.wd);
      if (folder == folders_.end()) continue;
      const Paths places = folder->second;   // a copy, because the events change it
      if ((event.mask & IN_IGNORED) != 0) {  // the folder is gone
        for (const auto& place : places) forget(place, out);
        continue;
      }
      for (const auto& place : places) RETURN_IF_ERROR(take(event.mask, place / name, out));
    }
  }
  if (lost) RETURN_IF_ERROR(read_again(out));
  if (was_there_ && is_gone()) return fail(Code::watch_failed, "the folder of the project is gone");
  return out;
}

}  // namespace faasta::cli
