#include "cli/client/name_cache.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <optional>
#include <system_error>

#include "base/file.hpp"
#include "base/sha256.hpp"

namespace faasta::cli {
namespace {

using std::filesystem::file_time_type;

constexpr std::chrono::seconds kFresh{5};
constexpr std::chrono::hours kKept{24};         // an older text may be of another time
constexpr unsigned kMostSecondsToRefresh = 20;  // then the process in the background ends
constexpr std::uint64_t kLargest = 1U << 20U;

std::optional<file_time_type::duration> age_of(const std::filesystem::path& file) {
  std::error_code error;
  const auto written = std::filesystem::last_write_time(file, error);
  if (error) return std::nullopt;
  return file_time_type::clock::now() - written;
}

/// Leaves the shell: it would otherwise wait for the end of this process.
void leave_the_shell() {
  ::setsid();
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing, descriptor);
  static_cast<void>(std::signal(SIGALRM, SIG_DFL));
  ::alarm(kMostSecondsToRefresh);
}

}  // namespace

void NameCache::refresh(const std::filesystem::path& file, const std::function<bool(std::string& text)>& ask) const {
  // One process asks for a text; the others have nothing to do.
  const std::filesystem::path lock = file.string() + ".lock";
  const auto held = open_file(lock, O_RDWR | O_CREAT);
  if (!held || ::flock(held->get(), LOCK_EX | LOCK_NB) != 0) return;
  std::string text;
  if (ask(text)) static_cast<void>(replace_file(file, text, 0600, Durable::no));
}

std::string NameCache::get(const std::string& key, const std::function<bool(std::string& text)>& ask) {
  const std::filesystem::path file = folder_ / sha256(key).hex();
  if (const auto age = age_of(file); age && *age < kFresh) return read_file(file, kLargest).value_or("");
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_all, error);
  std::array<int, 2> ends{-1, -1};
  if (!error && ::pipe2(ends.data(), O_CLOEXEC) == 0) {
    const FileDescriptor reading(ends[0]);
    FileDescriptor writing(ends[1]);
    if (::fork() == 0) {
      leave_the_shell();
      refresh(file, ask);
      ::_exit(0);
    }
    writing = FileDescriptor();
    pollfd end{reading.get(), POLLIN, 0};
    ::poll(&end, 1, static_cast<int>(patience_.count()));  // until the other process ends
  }
  const auto age = age_of(file);
  return age && *age < kKept ? read_file(file, kLargest).value_or("") : std::string();
}

}  // namespace faasta::cli
