#include "cli/project/file_watch.hpp"

#include <fnmatch.h>
#include <sys/inotify.h>
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
    IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;

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

}  // namespace

WatchRules::WatchRules(std::vector<std::string> wanted, std::string_view gitignore) : wanted_(std::move(wanted)) {
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

bool WatchRules::skips_folder(const std::filesystem::path& folder) const {
  const std::string name = folder.filename().string();
  return name.starts_with('.') || std::ranges::find(kSkipped, name) != kSkipped.end() || is_git_ignored(folder, true);
}

bool WatchRules::wants(const std::filesystem::path& file) const {
  const std::string name = file.filename().string();
  if (ignored_.contains(file.string())) return false;
  // These are read by every project, whatever .gitignore and the patterns say.
  if (file == "faasta.toml" || (file == name && (name == ".env" || name.starts_with(".env.")))) return true;
  if (name.starts_with('.') || is_of_editor(name) || is_git_ignored(file, false)) return false;
  // In a pattern, `*` also stands for `/`, so "src/**" and "src/*" are the same.
  return wanted_.empty() || std::ranges::any_of(wanted_, [&](const std::string& pattern) {
           return ::fnmatch(pattern.c_str(), file.c_str(), 0) == 0;
         });
}

Result<FileWatch> FileWatch::start(const std::filesystem::path& folder, WatchRules rules) {
  FileDescriptor inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify) return fail_errno(Code::watch_failed, "inotify", errno);
  FileWatch out(std::move(inotify), folder.empty() ? "." : folder, std::move(rules));
  std::set<std::filesystem::path> there;
  RETURN_IF_ERROR(out.add("", there));
  return out;
}

Result<> FileWatch::add(const std::filesystem::path& relative, std::set<std::filesystem::path>& found) {
  const std::filesystem::path folder = folder_ / relative;
  const int watch = ::inotify_add_watch(inotify_.get(), folder.c_str(), kEvents);
  if (watch < 0 && (errno == ENOENT || errno == ENOTDIR)) return {};  // it is gone already, or it is a link
  if (watch < 0) return failed(folder, errno);
  folders_[watch] = relative;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::filesystem::path inner = relative / entry.path().filename();
    if (entry.is_directory(error) && !entry.is_symlink(error)) {
      if (!rules_.skips_folder(inner)) RETURN_IF_ERROR(add(inner, found));
    } else if (rules_.wants(inner)) {
      found.insert(inner);
    }
  }
  return {};
}

Result<std::set<std::filesystem::path>> FileWatch::changes() {
  std::set<std::filesystem::path> out;
  alignas(inotify_event) std::array<char, 64 << 10> buffer{};
  for (;;) {
    const ssize_t got = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return out;
    if (got < 0) return fail_errno(Code::watch_failed, "inotify", errno);
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const std::string name(event.len > 0 ? buffer.data() + at + sizeof event : "");
      at += sizeof event + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) out.insert("...");  // too many changes: nobody knows which
      const auto folder = folders_.find(event.wd);
      if (folder == folders_.end()) continue;
      if ((event.mask & IN_IGNORED) != 0) {  // the folder is gone
        folders_.erase(folder);
        continue;
      }
      const std::filesystem::path path = folder->second / name;
      if ((event.mask & IN_ISDIR) != 0) {
        if ((event.mask & (IN_CREATE | IN_MOVED_TO)) != 0 && !rules_.skips_folder(path))
          RETURN_IF_ERROR(add(path, out));
      } else if ((event.mask & IN_CREATE) == 0 && rules_.wants(path)) {
        out.insert(path);  // a new file is reported when it is closed
      }
    }
  }
}

}  // namespace faasta::cli
