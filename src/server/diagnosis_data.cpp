// diagnose_data and diagnose_backup: the data folder.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <system_error>

#include "backup/backup.hpp"
#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"
#include "base/shell_quote.hpp"
#include "server/diagnosis.hpp"

namespace faasta::server {
namespace {

namespace fs = std::filesystem;
using enum Finding::Level;

constexpr const char* kData = "data";
constexpr std::uint64_t kMiB = 1ULL << 20U;

/// The rights of a file or folder that only the server's user should have.
void add_rights(Findings& out, const fs::path& path, const char* why) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return;
  const auto others = status.st_mode & (S_IRWXG | S_IRWXO);
  if (others == 0) return;
  const bool is_folder = S_ISDIR(status.st_mode);
  out.push_back({kData, fault, fmt::format("others can use {} (mode {:o})", path.string(), status.st_mode & 07777U),
                 why, fmt::format("chmod {} {}", is_folder ? "700" : "600", shell_quoted(path.string()))});
}

void add_disk(Findings& out, const fs::path& data) {
  constexpr std::uint64_t kFew = 1024;
  constexpr std::uint64_t kTooFew = 64;
  struct statvfs disk{};
  if (::statvfs(data.c_str(), &disk) != 0) return;
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize / kMiB;
  const Finding::Level level = free < kTooFew ? fault : free < kFew ? warning : good;
  Finding finding{kData, level, fmt::format("{} MiB are free on the disk of {}", free, data.string())};
  if (level != good) {
    finding.why = "without space, deploys fail and logs are lost; functions still answer";
    finding.fix = "Free space, use a larger disk, or lower server.logs_mb";
  }
  out.push_back(std::move(finding));
}

/// The time of a small durable write; the median of some.
void add_sync_time(Findings& out, const fs::path& data) {
  constexpr std::chrono::milliseconds kSlow{50};
  const fs::path file = data / ("doctor-" + random_hex(6));
  std::array<std::chrono::microseconds, 5> times{};
  const auto handle = open_file(file, O_WRONLY | O_CREAT | O_EXCL);
  if (!handle) {
    out.push_back({kData, fault, "no file can be written in " + data.string() + ": " + handle.error().detail,
                   "the server keeps everything there",
                   "Run this command as the server's user, or correct the owner of the folder"});
    return;
  }
  bool written = true;
  for (auto& time : times) {
    const auto begin = std::chrono::steady_clock::now();
    written = written && write_all(handle->get(), std::string(4096, 'x')) && sync_file(handle->get());
    time = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
  }
  std::error_code ignored;
  fs::remove(file, ignored);
  if (!written) {
    out.push_back({kData, fault, "a file in " + data.string() + " cannot be written", "deploys fail",
                   "Look at the free space and at the kernel's log (dmesg)"});
    return;
  }
  std::ranges::sort(times);
  const auto median = times[times.size() / 2];
  const double shown = static_cast<double>(median.count()) / 1000;
  if (median < kSlow)
    out.push_back({kData, good, fmt::format("a durable write takes {:.1f} ms", shown)});
  else
    out.push_back({kData, warning, fmt::format("a durable write takes {:.1f} ms", shown),
                   "each deploy waits for several of them", "Put the data folder on a local disk"});
}

}  // namespace

Findings diagnose_data(const Config& config) {
  const fs::path& data = config.data;
  std::error_code error;
  if (!fs::exists(data, error))
    return {{kData, good, data.string() + " does not exist; the first start of the server makes it"}};
  Findings out;
  add_rights(out, data, "a person who can write there can run code in the server");
  for (const char* const key : {"secrets.key", "seal.key", "owner.token"})
    add_rights(out, data / key, "a person with this file can read secrets, replace code, or deploy");
  if (!config.secrets_key_file.empty())
    add_rights(out, config.secrets_key(), "a person with this file can read secrets");
  struct stat status{};
  if (::stat(data.c_str(), &status) == 0 && status.st_uid != ::geteuid() && ::geteuid() != 0)
    out.push_back({kData, fault, data.string() + " belongs to another user", "the server cannot use the folder",
                   "Run this command, and the server, as the owner of the folder"});
  if (out.empty()) out.push_back({kData, good, "only the server's user can use " + data.string() + " and its keys"});
  add_disk(out, data);
  add_sync_time(out, data);
  return out;
}

Findings diagnose_backup(const Config& config) {
  constexpr const char* kBackup = "backup";
  constexpr std::chrono::days kOld{7};
  const auto last = backup::last_backup(config.data);
  // Without its configuration, a backup would not know of a key in another place.
  const bool key_is_there = config.secrets_key() == config.data / "secrets.key";
  const std::string fix = "faastad backup " + std::string(key_is_there ? "" : "--config FILE ") + "--data " +
                          shell_quoted(config.data.string()) + " FOLDER, on another disk, each day";
  std::error_code error;
  if (!fs::exists(config.data / "faasta.db", error)) return {};
  if (!last)
    return {{kBackup, warning, "there was no backup yet", "a lost disk would take all functions with it", fix}};
  const auto age = system_now() - *last;
  const std::string says = "the last backup was made at " + rfc3339(*last);
  if (age < kOld) return {{kBackup, good, says}};
  return {{kBackup, warning, says, "a lost disk would take all later changes with it", fix}};
}

}  // namespace faasta::server
