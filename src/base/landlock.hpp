#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "base/error.hpp"

namespace faasta {

/// A file, or a folder with everything in it, that stays open to a process under Landlock.
struct FileRule {
  enum class Access : unsigned char {
    read,    ///< also lists of folders
    write,   ///< reading, and writing files that exist
    change,  ///< also making, renaming and deleting files and folders
    links,   ///< also making symbolic links
  };
  std::filesystem::path path;
  Access access = Access::read;
};

/// How much more Landlock takes than files.
enum class LandlockScope : unsigned char {
  files,  ///< nothing more, and no version of Landlock that forbids renaming from one folder to another (version 1)
  everything,  ///< TCP, abstract sockets, and signals to processes outside, as far as the kernel can
};

/// Landlock's version in the kernel; 0 if the kernel has no Landlock, or only a version that `scope` cannot use.
[[nodiscard]] long landlock_version(LandlockScope scope) noexcept;

/// From now on, this thread and the threads and processes that it starts can open only the files of `rules`, and start
/// no program. Files that are open stay open. Paths that do not exist are left out if `scope` is `files`; otherwise
/// they are an error. Does nothing if landlock_version() is 0. The thread must have set PR_SET_NO_NEW_PRIVS.
[[nodiscard]] Result<> enter_landlock(std::span<const FileRule> rules, LandlockScope scope);

}  // namespace faasta
